/**
 * The dashboard's one loop: read the address, ask the API, draw, and again every two seconds while
 * somebody looks. What is chosen stands in the address (`#/app/{id}/msg/{id}`) and nowhere else, so
 * that back, forward and a copied link do what they say.
 *
 * Not for requests (api.js) or for how things look (views.js).
 */
import * as api from "./api.js";
import { draw, moveWithArrows, refreshTimes } from "./dom.js";
import * as views from "./views.js";

const EVERY_MS = 2_000;
const NOTHING = { data: [], done: true };
const place = (id) => document.getElementById(id);

let chosen = {};
let timer;
let round = 0;

function readAddress() {
  // Other fragments, as that of the skip link, choose nothing anew.
  if (location.hash !== "" && !location.hash.startsWith("#/")) return;
  const [, app, message] = /^#\/app\/([^/]+)(?:\/msg\/([^/]+))?$/.exec(location.hash) ?? [];
  chosen = { app: api.decoded(app), message: api.decoded(message) };
}

async function refresh() {
  clearTimeout(timer);
  if (!api.hasToken()) return askForToken("");
  const mine = ++round;
  const { app, message } = chosen;
  try {
    const [sources, applications, endpoints, messages, attempts, shown] = await Promise.all([
      api.sources(),
      api.applications(),
      app ? api.endpoints(app) : NOTHING,
      app ? api.messages(app) : NOTHING,
      app && message ? api.attempts(app, message) : NOTHING,
      app && message ? api.message(app, message) : null,
    ]);
    if (mine !== round) return; // Something else was chosen meanwhile.
    show({ sources, applications, endpoints, messages, attempts, shown, app, message });
    pulse("live", "live");
  } catch (error) {
    if (mine !== round) return;
    if (error instanceof api.Unauthorized) {
      api.forgetToken();
      return askForToken("This Hookgate does not know that token.");
    }
    pulse("away", error instanceof api.Unreachable ? "not reachable, trying again" : error.message);
  }
  if (!document.hidden) timer = setTimeout(refresh, EVERY_MS);
}

function show({ sources, applications, endpoints, messages, attempts, shown, app, message }) {
  place("sign-in").hidden = true;
  place("board").hidden = place("sign-out").hidden = false;
  for (const part of document.querySelectorAll("[data-of-application]")) part.hidden = !app;

  const ofSources = new Set(sources.data.map((source) => source.id));
  const others = applications.data.filter((application) => !ofSources.has(application.id));
  const source = sources.data.find((candidate) => candidate.id === app);
  const application = others.find((candidate) => candidate.id === app);

  draw(place("sources"), { ...sources, selected: app }, views.sourceList);
  draw(place("applications"), { ...applications, data: others, selected: app }, views.applicationList);
  draw(place("subject"), { source, application }, views.subject);
  draw(place("endpoints"), endpoints, views.endpointTable);
  draw(place("messages"), { ...messages, app, selected: message }, views.messageList);
  const detail = { message: shown, missing: Boolean(message && !shown), attempts: attempts.data, endpoints: endpoints.data };
  draw(place("message"), detail, views.messageDetail);
  refreshTimes();
}

function askForToken(refusal) {
  place("board").hidden = place("sign-out").hidden = true;
  place("sign-in").hidden = false;
  place("refusal").textContent = refusal;
  pulse("", "");
  place("token").focus();
}

function pulse(state, text) {
  const element = place("pulse");
  if (element.textContent !== text) element.textContent = text; // a status region speaks on each change
  element.className = `pulse ${state}`;
}

function goBack() {
  if (chosen.message) location.hash = views.appAddress(chosen.app);
  else if (chosen.app) location.hash = "#/";
}

place("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  api.keepToken(place("token").value.trim());
  place("token").value = "";
  refresh();
});

place("sign-out").addEventListener("click", () => {
  api.forgetToken();
  round += 1;
  clearTimeout(timer);
  for (const id of ["sources", "applications", "subject", "endpoints", "messages", "message"]) {
    place(id).replaceChildren();
    place(id).drawn = undefined;
  }
  askForToken("");
});

document.addEventListener("keydown", (event) => {
  moveWithArrows(event);
  if (event.key === "Escape") goBack();
});
document.addEventListener("visibilitychange", () => !document.hidden && refresh());
window.addEventListener("hashchange", () => {
  api.adoptTokenFromAddress();
  readAddress();
  refresh();
});

api.adoptTokenFromAddress();
readAddress();
refresh();
