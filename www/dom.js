/**
 * Building and replacing elements. Data becomes text nodes and attributes, never markup: what a
 * stranger's webhook holds cannot become part of the page.
 *
 * Not for knowing what a source or a message is (views.js).
 */

/** `h("a", { href, class: "x" }, "text", child)`; `null` and `false` children are left out. */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (attribute.startsWith("on")) element.addEventListener(attribute.slice(2), value);
    else element.setAttribute(attribute, value === true ? "" : value);
  }
  element.append(...present(children));
  return element;
}

const present = (children) => [children].flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);

/**
 * Draws `data` into `place` if it differs from what is drawn there.
 *
 * An unchanged list keeps its elements, so a refresh disturbs neither selection nor open details.
 * A changed one gives the focus back to the element of the same `data-key`.
 */
export function draw(place, data, view) {
  const drawn = fingerprint(data);
  if (drawn !== undefined && place.drawn === drawn) return;
  place.drawn = drawn;
  const focused = place.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  const open = new Set([...place.querySelectorAll("details[open]")].map((details) => details.dataset.key));
  place.replaceChildren(...present(view(data)));
  for (const details of place.querySelectorAll("details")) details.open ||= open.has(details.dataset.key);
  if (focused) place.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

/** Tells equal data; nothing for what is nested beyond the browser's own stack. */
function fingerprint(data) {
  try {
    return JSON.stringify(data);
  } catch {
    return undefined;
  }
}

/** A moment as `12 s ago`; `refreshTimes` keeps it true. The exact time is its tooltip. */
export function ago(moment) {
  const date = new Date(moment);
  if (Number.isNaN(date.getTime())) return h("time", {}, "–");
  return h("time", { datetime: date.toISOString(), title: date.toLocaleString() }, distance(date));
}

export function refreshTimes() {
  for (const time of document.querySelectorAll("time[datetime]")) {
    time.textContent = distance(new Date(time.dateTime));
  }
}

/** A button that copies `text`, and says so for a moment. */
export function copyButton(text, what) {
  const button = h("button", { type: "button", class: "quiet small", "aria-label": `Copy ${what}`, "data-key": `copy ${text}` }, "Copy");
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 1_200);
  });
  return button;
}

/**
 * Up and down arrows move the focus within an element marked `data-arrows`, which is a single stop
 * for Tab: the place where the focus last was.
 */
export function moveWithArrows(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const list = event.target.closest?.("[data-arrows]");
  if (!step || !list) return;
  const stops = [...list.querySelectorAll("a[href]")];
  const next = stops[stops.indexOf(document.activeElement) + step];
  if (!next) return;
  event.preventDefault();
  for (const stop of stops) stop.tabIndex = stop === next ? 0 : -1;
  next.focus();
}

function distance(date) {
  const seconds = Math.round((Date.now() - date.getTime()) / 1000);
  const [size, unit] = [[86_400, "d"], [3_600, "h"], [60, "min"], [1, "s"]].find(([size]) => Math.abs(seconds) >= size) ?? [1, "s"];
  const count = `${Math.floor(Math.abs(seconds) / size)} ${unit}`;
  return seconds < 0 ? `in ${count}` : seconds < 2 ? "now" : `${count} ago`;
}
