/** Bad input: a clear error each, nothing stored, nothing forwarded, the process alive. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, test } from "node:test";

import { client, post } from "./kit/client.mjs";
import { PROVIDERS, fresh } from "./kit/providers.mjs";
import { startReceiver } from "./kit/receiver.mjs";
import { startHookgate, until } from "./kit/runtime.mjs";
import { traces } from "./kit/traces.mjs";

const FORGERIES = 10_000;
let hookgate, receiver, api;

before(async () => {
  [hookgate, receiver] = await Promise.all([startHookgate(), startReceiver()]);
  api = client(hookgate);
  const endpoint = { url: `${receiver.url}/refusals` };
  await api.source("stripe", "stripe", PROVIDERS.stripe.secret, endpoint, { bodyCap: 1000 });
  await api.source("standard", "standard", PROVIDERS.standard.secret, endpoint);
  await api.source("wide", "stripe", PROVIDERS.stripe.secret, endpoint);
  await api.source("off", "stripe", PROVIDERS.stripe.secret, endpoint, { disabled: true });
});

after(async () => {
  for (const source of ["stripe", "standard", "wide", "off"]) assert.deepEqual(await api.messages(source), []);
  assert.equal(receiver.arrived.length, 0);
  await Promise.all([hookgate?.stop(), receiver?.stop()]);
});

const refusals = [
  ["a missing signature header", "stripe", 401, "missing_header", (event) => ({ ...event, headers: {} })],
  [
    "a malformed signature header",
    "stripe",
    400,
    "malformed_header",
    (event) => ({ ...event, headers: { "stripe-signature": "t=1,,v1" } }),
  ],
  [
    "a timestamp that is no number",
    "standard",
    400,
    "malformed_header",
    (event) => ({ ...event, headers: { ...event.headers, "webhook-timestamp": "+1700000000" } }),
  ],
  ["an empty body", "stripe", 400, "empty_body", (event) => ({ ...event, body: "" })],
  ["a body over the cap", "stripe", 413, "body_too_large", (event) => ({ ...event, body: "x".repeat(1001) })],
  [
    "another content type",
    "stripe",
    400,
    "content_type_not_accepted",
    (event) => ({ ...event, headers: { ...event.headers, "content-type": "text/html" } }),
  ],
];
for (const [name, source, status, code, spoil] of refusals) {
  test(`${name} is ${status} ${code}`, async () => {
    const answer = await post(hookgate, source, spoil(await fresh(source)));
    assert.deepEqual([answer.status, answer.body.code], [status, code]);
    assert.ok(answer.body.detail.length > 10);
  });
}

test("a body over the cap without an announced length is 413", async () => {
  const { headers } = await fresh("stripe");
  const body = new ReadableStream({
    start(controller) {
      for (let sent = 0; sent < 5; sent += 1) controller.enqueue(new Uint8Array(400));
      controller.close();
    },
  });
  const url = `${hookgate.url}/in/stripe`;
  const response = await fetch(url, { method: "POST", headers: { ...headers, "content-type": "application/json" }, body, duplex: "half" });
  assert.deepEqual([response.status, (await response.json()).code], [413, "body_too_large"]);
});

test("a repeated header is 400, whatever its values", async () => {
  const { headers, body } = await fresh("standard");
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const twice = [...lines, `webhook-timestamp: ${headers["webhook-timestamp"]}`];
  const answer = await raw(["POST /in/standard HTTP/1.1", ...twice], Buffer.from(body));
  // The runtime hands the two over as one, with a comma between.
  assert.match(answer, /^HTTP\/1\.1 400 [^]*"code":"malformed_header"/);
});

test("a header that is not UTF-8 is 400", async () => {
  const { headers, body } = await fresh("standard");
  const lines = Object.entries({ ...headers, "webhook-id": "caf\xe9\xff" }).map(([name, value]) => `${name}: ${value}`);
  const answer = await raw(["POST /in/standard HTTP/1.1", ...lines], Buffer.from(body));
  assert.match(answer, /^HTTP\/1\.1 400 [^]*"code":"non_ascii_header"/);
});

test("an unknown source is 404, however it is spelt", async () => {
  for (const source of ["nobody", "src_0000000000000000000000", "a/b", "..%2f..", "%00", "x".repeat(5000)]) {
    const answer = await post(hookgate, source, await fresh("stripe"));
    assert.deepEqual([answer.status, answer.body.code], [404, "source_not_found"], source);
  }
});

test("a disabled source is 404", async () => {
  const answer = await post(hookgate, "off", await fresh("stripe"));
  assert.deepEqual([answer.status, answer.body.code], [404, "source_disabled"]);
});

test("another method is 405 and names the one that is allowed", async () => {
  for (const method of ["GET", "PUT", "DELETE"]) {
    const response = await fetch(`${hookgate.url}/in/stripe`, { method });
    assert.deepEqual([response.status, response.headers.get("allow")], [405, "POST"]);
  }
});

test("ten thousand forgeries are refused each, and a genuine event after them is not", async () => {
  const forged = await fresh("stripe", { secret: PROVIDERS.stripe.other });
  const codes = new Map();
  const sender = async (count) => {
    for (let sent = 0; sent < count; sent += 1) {
      const { status, body } = await post(hookgate, "wide", forged);
      codes.set(`${status} ${body.code}`, (codes.get(`${status} ${body.code}`) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: 20 }, () => sender(FORGERIES / 20)));
  // The first six hundred of a minute are judged; then their sender is not listened to for a while.
  const [judged, unheard] = [codes.get("401 signature_mismatch"), codes.get("429 too_many_requests")];
  assert.equal(judged + unheard, FORGERIES, JSON.stringify([...codes]));
  assert.ok(judged >= 600 && judged < FORGERIES / 2, `${judged} were judged`);
  assert.deepEqual(await api.messages("wide"), []);
  // No source of this file has admitted anything by now.
  assert.deepEqual(traces(hookgate), { inboxes: [], markers: [], bodies: [] });

  const { id } = await api.source("alive", "stripe", PROVIDERS.stripe.secret, undefined, { bodyCap: 200_000 });
  assert.equal((await post(hookgate, "alive", await fresh("stripe", { id: `evt_${"x".repeat(150_000)}` }))).status, 200);
  // And this is where one would have been seen.
  const seen = await until(() => {
    const { inboxes, markers, bodies } = traces(hookgate);
    return inboxes.length > 0 && markers.length > 0 && bodies.length > 0 && { inboxes, markers, bodies };
  });
  assert.equal(seen.inboxes.length, 1);
  assert.ok([...seen.markers, ...seen.bodies.map((key) => key.replace(/^inbox\//, ""))].every((key) => key.startsWith(`${id}/`)), JSON.stringify(seen));
});

/** A request line by line, for what no HTTP client would send; every line in Latin-1. */
async function raw(lines, body) {
  const { hostname, port } = new URL(hookgate.url);
  const head = [...lines, `host: ${hostname}`, "content-type: application/json", `content-length: ${body.length}`, "connection: close"];
  const socket = connect(Number(port), hostname);
  let answer = "";
  socket.on("data", (chunk) => (answer += chunk));
  socket.end(Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`, "latin1"), body]));
  await once(socket, "close");
  return answer;
}
