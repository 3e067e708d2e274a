/**
 * The demo endpoint: takes deliveries, checks each like a stranger would, and answers as its switch
 * says. Its page shows the switch and what arrived.
 *
 *   POST /hook/{name}   a delivery
 *   POST /switch        {"answer": "200" | "500" | "never"}
 *   GET  /deliveries    the switch, and the newest deliveries first
 *
 * In memory and on loopback: not for anything but a demonstration.
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

import { path } from "../project.mjs";
import { Failure } from "../process.mjs";
import { defectOf } from "./standard-webhooks.mjs";

export const ANSWERS = ["200", "500", "never"];
const KEPT = 50;
const BODY_LIMIT = 32 * 1024 * 1024;

const PAGE_HEADERS = {
  "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'",
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
};
/** The page, with the dashboard's looks and element builder. */
const FILES = {
  "/": ["tools/demo/receiver.html", "text/html; charset=utf-8"],
  "/receiver-page.js": ["tools/demo/receiver-page.js", "text/javascript"],
  "/dom.js": ["www/dom.js", "text/javascript"],
  "/style.css": ["www/style.css", "text/css"],
  "/icon.svg": ["www/icon.svg", "image/svg+xml"],
};

/**
 * Starts the receiver on loopback.
 *
 * @throws {Failure} if the port is taken.
 * @returns {Promise<{close: () => void}>}
 */
export async function startReceiver({ port, secret }) {
  const state = { answer: "200", deliveries: [], received: 0 };
  const server = createServer((request, response) => {
    handle(request, response, state, secret).catch((error) => reply(response, 400, { error: error.message }));
  });
  await new Promise((resolve, reject) => {
    server.once("error", (error) => reject(error.code === "EADDRINUSE" ? new Failure(`port ${port} is taken`) : error));
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    close: () => {
      server.close();
      server.closeAllConnections(); // those that wait for the answer that never comes
    },
  };
}

async function handle(request, response, state, secret) {
  const { pathname } = new URL(request.url, "http://receiver");
  const route = `${request.method} ${pathname}`;
  if (route === "GET /deliveries") return reply(response, 200, { answer: state.answer, received: state.received, deliveries: state.deliveries });
  if (route === "POST /switch") return turnSwitch(response, state, await bodyOf(request));
  if (request.method === "POST" && pathname.startsWith("/hook/")) return receive(request, response, state, secret, pathname);
  if (request.method === "GET" && FILES[pathname]) {
    const [file, type] = FILES[pathname];
    response.writeHead(200, { ...PAGE_HEADERS, "content-type": type });
    return response.end(readFileSync(path(file)));
  }
  reply(response, 404, { error: "a delivery goes to POST /hook/{name}" });
}

function turnSwitch(response, state, body) {
  const { answer } = JSON.parse(body.toString("utf8"));
  if (!ANSWERS.includes(answer)) return reply(response, 400, { error: `answer is one of ${ANSWERS.join(", ")}` });
  state.answer = answer;
  reply(response, 200, { answer });
}

async function receive(request, response, state, secret, pathname) {
  const body = await bodyOf(request);
  const now = Date.now();
  const defect = defectOf({ headers: request.headers, body, secret, now: now / 1000 });
  const id = request.headers["webhook-id"];
  state.received += 1;
  state.deliveries.unshift({
    number: state.received,
    at: new Date(now).toISOString(),
    path: pathname,
    id,
    attempt: 1 + state.deliveries.filter((earlier) => earlier.id === id && earlier.path === pathname).length,
    defect,
    answer: state.answer,
    body: body.toString("utf8").slice(0, 4_096),
  });
  state.deliveries.length = Math.min(state.deliveries.length, KEPT);

  if (state.answer === "never") return; // the sender's timeout ends it
  if (state.answer === "500") return reply(response, 500, { error: "the demo receiver's switch says 500" });
  reply(response, 200, { received: true });
}

async function bodyOf(request) {
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > BODY_LIMIT) throw new Error("the body is too large for a demonstration");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function reply(response, status, value) {
  if (response.headersSent) return;
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
}
