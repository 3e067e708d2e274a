/**
 * What the API's objects look like: each function turns data into elements and does nothing else.
 *
 * Not for fetching or for deciding what is shown (main.js).
 */
import { ago, copyButton, h } from "./dom.js";

const ATTEMPT_STATUS = ["success", "pending", "failed", "sending"];
const TRIGGERS = ["scheduled", "manual"];

export const appAddress = (app) => `#/app/${encodeURIComponent(app)}`;
export const messageAddress = (app, message) => `${appAddress(app)}/msg/${encodeURIComponent(message)}`;

export function sourceList({ data, done, selected }) {
  return choices(data, done, "No source yet.", (source) =>
    choice(appAddress(source.id), source.id, source.id === selected, [
      h("span", { class: "name" }, source.name || source.uid || source.id),
      h("span", { class: "badge" }, source.type),
    ]),
  );
}

export function applicationList({ data, done, selected }) {
  return choices(data, done, "No application yet.", (application) =>
    choice(appAddress(application.id), application.id, application.id === selected, [
      h("span", { class: "name" }, application.name || application.uid || application.id),
      h("span", { class: "faint" }, application.uid ?? ""),
    ]),
  );
}

/** The head of the chosen source or application. */
export function subject({ source, application }) {
  const chosen = source ?? application;
  if (!chosen) return h("p", { class: "notice" }, "Choose a source or an application.");
  return [
    h("h1", {}, chosen.name || chosen.uid || chosen.id, source && h("span", { class: "badge" }, source.type)),
    h("dl", { class: "facts" },
      fact("id", h("code", {}, chosen.id)),
      chosen.uid && fact("uid", h("code", {}, chosen.uid)),
      source?.ingestUrl && fact("receives at", h("code", { class: "url" }, source.ingestUrl), copyButton(source.ingestUrl, "the address")),
      chosen.createdAt && fact("created", ago(chosen.createdAt)),
    ),
  ];
}

export function endpointTable({ data, done }) {
  if (data.length === 0) return nothing("No endpoint: messages are kept, and go nowhere.");
  return [
    h("table", {},
      h("thead", {}, h("tr", {}, ["State", "Address", "Id"].map((title) => h("th", { scope: "col" }, title)))),
      h("tbody", {}, data.map((endpoint) =>
        h("tr", {},
          h("td", {}, endpoint.disabled ? mark("failed", "disabled") : mark("success", "enabled")),
          h("td", {}, h("code", { class: "url" }, endpoint.url), endpoint.description && h("span", { class: "faint" }, ` ${endpoint.description}`)),
          h("td", {}, h("code", { class: "faint" }, endpoint.uid ?? endpoint.id)),
        ),
      )),
    ),
    more(done),
  ];
}

export function messageList({ data, done, app, selected }) {
  return choices(data, done, "No message yet. `npm start` printed a command that sends one.", (message) =>
    choice(messageAddress(app, message.id), message.id, message.id === selected, [
      h("span", { class: "name" }, message.eventType),
      h("code", { class: "faint" }, message.eventId ?? message.id),
      ago(message.timestamp),
    ]),
  );
}

/** A message: each of its attempts, the newest first, and what was sent. */
export function messageDetail({ message, attempts, endpoints, missing }) {
  if (missing) return nothing("This application has no such message.");
  if (!message) return nothing("Choose a message.");
  const names = new Map(endpoints.map((endpoint) => [endpoint.id, endpoint.uid ?? endpoint.id]));
  return [
    h("p", { class: "facts" }, h("code", {}, message.id), copyButton(message.id, "the message id")),
    attempts.length === 0
      ? nothing("No attempt yet.")
      : h("ol", { class: "attempts" }, attempts.map((attempt) => attemptItem(attempt, names))),
    h("h3", {}, "Payload"),
    h("pre", { tabindex: "0", "aria-label": "Payload" }, pretty(message.payload)),
  ];
}

function attemptItem(attempt, names) {
  const status = ATTEMPT_STATUS[attempt.status] ?? String(attempt.statusText ?? attempt.status);
  const waiting = status === "sending" || status === "pending";
  return h("li", { class: status },
    h("div", { class: "line" },
      mark(status, status),
      !waiting && h("strong", {}, attempt.responseStatusCode > 0 ? String(attempt.responseStatusCode) : "no answer"),
      !waiting && h("span", { class: "faint" }, `${attempt.responseDurationMs} ms`),
      h("span", { class: "faint" }, `${TRIGGERS[attempt.triggerType] ?? ""} · ${names.get(attempt.endpointId) ?? attempt.endpointId}`),
      ago(attempt.timestamp),
    ),
    attempt.response && h("details", { "data-key": attempt.id }, h("summary", {}, "Response"), h("pre", { tabindex: "0" }, attempt.response)),
  );
}

/** A list of links of which Tab stops at one: the current, or else the first. */
function choices(data, done, empty, view) {
  if (data.length === 0) return nothing(empty);
  const links = data.map(view);
  const stop = links.find((link) => link.hasAttribute("aria-current")) ?? links[0];
  for (const link of links) link.tabIndex = link === stop ? 0 : -1;
  return [h("ul", { class: "choices" }, links.map((link) => h("li", {}, link))), more(done)];
}

const choice = (href, key, current, children) => h("a", { href, "data-key": key, "aria-current": current ? "true" : undefined }, children);

const fact = (name, ...values) => h("div", {}, h("dt", {}, name), h("dd", {}, values));
const mark = (status, text) => h("span", { class: `mark ${status}` }, text);
const nothing = (text) => h("p", { class: "faint" }, text);
const more = (done) => (done === false ? h("p", { class: "faint" }, "The newest 50; the API has the rest.") : null);
/** A payload that is nested beyond the browser's own stack is not a reason to show nothing else. */
function pretty(payload) {
  if (typeof payload === "string") return payload;
  try {
    return JSON.stringify(payload, null, 2);
  } catch {
    return "This payload is nested too deeply to be shown here.";
  }
}

