/**
 * The demo receiver's page: three buttons and what arrived. It borrows the dashboard's dom.js.
 * Not for judging a delivery: the receiver did that when it arrived.
 */
import { ago, draw, h, refreshTimes } from "./dom.js";

const EVERY_MS = 1_000;
const place = (id) => document.getElementById(id);

async function refresh() {
  try {
    const { answer, received, deliveries } = await (await fetch("/deliveries")).json();
    for (const button of place("switch").children) button.setAttribute("aria-pressed", String(button.value === answer));
    draw(place("deliveries"), deliveries, table);
    refreshTimes();
    pulse("live", `${received} received`);
  } catch {
    pulse("away", "the receiver is gone");
  }
}

function table(deliveries) {
  if (deliveries.length === 0) return h("p", { class: "faint" }, "None yet.");
  const titles = ["#", "Signature", "Message", "Attempt", "To", "Answered", ""];
  return h("table", {},
    h("thead", {}, h("tr", {}, titles.map((title) => h("th", { scope: "col" }, title)))),
    h("tbody", {}, deliveries.map((delivery) =>
      h("tr", {},
        h("td", { class: "faint" }, delivery.number),
        h("td", {}, h("span", { class: `mark ${delivery.defect ? "failed" : "success"}` }, delivery.defect ?? "genuine")),
        h("td", {},
          h("code", {}, delivery.id ?? "–"),
          h("details", { "data-key": String(delivery.number) }, h("summary", {}, "Body"), h("pre", { tabindex: "0" }, delivery.body))),
        h("td", {}, delivery.attempt),
        h("td", {}, h("code", {}, delivery.path)),
        h("td", {}, delivery.answer),
        h("td", {}, ago(delivery.at)),
      ),
    )),
  );
}

function pulse(state, text) {
  const element = place("pulse");
  if (element.textContent !== text) element.textContent = text;
  element.className = `pulse ${state}`;
}

place("switch").addEventListener("click", async (event) => {
  if (!event.target.value) return;
  const body = JSON.stringify({ answer: event.target.value });
  await fetch("/switch", { method: "POST", headers: { "content-type": "application/json" }, body });
  refresh();
});

setInterval(() => document.hidden || refresh(), EVERY_MS);
refresh();
