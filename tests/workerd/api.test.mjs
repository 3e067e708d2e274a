/** The API, driven by the public Svix SDK, and its errors by plain requests. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Svix, Webhook } from "svix";

import { client } from "./kit/client.mjs";
import { startReceiver } from "./kit/receiver.mjs";
import { ADMIN_TOKEN, startHookgate, until } from "./kit/runtime.mjs";

let hookgate, receiver, api, svix;

before(async () => {
  [hookgate, receiver] = await Promise.all([startHookgate(), startReceiver()]);
  api = client(hookgate);
  svix = new Svix(ADMIN_TOKEN, { serverUrl: hookgate.url });
});

after(() => Promise.all([hookgate?.stop(), receiver?.stop()]));

test("the Svix SDK creates an application, an endpoint and a message, and reads the attempt", async () => {
  const app = await svix.application.create({ name: "Acme", uid: "acme", metadata: { plan: "pro" } });
  assert.match(app.id, /^app_[A-Za-z0-9]{27}$/);
  assert.deepEqual((await svix.application.get("acme")).id, app.id);
  assert.equal((await svix.application.getOrCreate({ name: "Acme", uid: "acme" })).id, app.id);

  const endpoint = await svix.endpoint.create("acme", { url: `${receiver.url}/acme`, uid: "main", eventTypes: ["invoice.paid"] });
  assert.match(endpoint.id, /^ep_[A-Za-z0-9]{27}$/);
  const { key } = await svix.endpoint.getSecret("acme", "main");
  assert.match(key, /^whsec_[A-Za-z0-9+/]{43}=$/);

  const payload = { type: "invoice.paid", amount: 12.5 };
  const message = await svix.message.create("acme", { eventType: "invoice.paid", eventId: "evt-1", payload });
  assert.match(message.id, /^msg_[A-Za-z0-9]{27}$/);
  await svix.message.create("acme", { eventType: "invoice.voided", payload });

  const [delivery] = await receiver.wait("/acme", 1);
  new Webhook(key).verify(delivery.body, delivery.headers);
  assert.deepEqual(JSON.parse(delivery.body), payload);
  assert.deepEqual((await svix.message.get("acme", "evt-1", { withContent: true })).payload, payload);

  const attempts = await until(async () => {
    const { data } = await svix.messageAttempt.listByMsg("acme", message.id);
    return data[0]?.status === 0 ? data : undefined;
  });
  assert.deepEqual([attempts.length, attempts[0].endpointId, attempts[0].responseStatusCode], [1, endpoint.id, 200]);
  const byEndpoint = await svix.messageAttempt.listByEndpoint("acme", "main");
  assert.deepEqual(byEndpoint.data.map((attempt) => attempt.id), [attempts[0].id]);
  assert.equal(receiver.at("/acme").length, 1, "an event type that was not asked for is not sent");
});

test("the Svix SDK creates a source and sees no secret in it", async () => {
  const source = await svix.ingest.source.create({ name: "Billing", uid: "billing", type: "stripe", config: { secret: "whsec_billing_0123456789" } });
  assert.match(source.id, /^src_[A-Za-z0-9]{22}$/);
  assert.equal(source.ingestUrl, `${hookgate.url}/in/${source.id}`);
  const { data } = await svix.ingest.source.list();
  assert.equal(data.find((each) => each.id === source.id)?.type, "stripe");
  assert.doesNotMatch(JSON.stringify(await api.get("/ingest/api/v1/source")), /whsec_|v1\./);
});

test("the Svix SDK creates and lists event types", async () => {
  await svix.eventType.create({ name: "invoice.paid", description: "An invoice was paid" });
  assert.equal((await svix.eventType.get("invoice.paid")).description, "An invoice was paid");
  assert.deepEqual((await svix.eventType.list()).data.map((each) => each.name), ["invoice.paid"]);
});

test("lists go forth and back page by page", async () => {
  await api.create("/api/v1/app", { name: "Pages", uid: "pages" });
  const made = [];
  for (let n = 0; n < 5; n += 1) {
    const { id } = await api.expect(202, "POST", "/api/v1/app/pages/msg", { eventType: "n", payload: { n } });
    made.unshift(id);
  }
  const ids = (page) => page.data.map((message) => message.id);
  const first = await api.get("/api/v1/app/pages/msg?limit=2");
  const second = await api.get(`/api/v1/app/pages/msg?limit=2&iterator=${first.iterator}`);
  const third = await api.get(`/api/v1/app/pages/msg?limit=2&iterator=${second.iterator}`);
  assert.deepEqual([first, second, third].flatMap(ids), made);
  assert.deepEqual([first, second, third].map((page) => page.done), [false, false, true]);
  const back = await api.get(`/api/v1/app/pages/msg?limit=2&iterator=${third.prevIterator}`);
  assert.deepEqual(ids(back), ids(second));
});

test("every route but the health check asks for the token", async () => {
  const { paths } = routes();
  for (const [method, path] of paths) {
    for (const authorization of [undefined, "Bearer wrong-token-0123456789", `Basic ${ADMIN_TOKEN}`, ADMIN_TOKEN, "Bearer "]) {
      const headers = authorization ? { authorization } : {};
      const response = await fetch(hookgate.url + path, { method, headers, body: method === "GET" ? undefined : "{}" });
      assert.equal(response.status, 401, `${method} ${path} with ${authorization}`);
      assert.deepEqual(await response.json(), { code: "authentication_failed", detail: "Invalid token" });
    }
  }
  assert.equal((await fetch(`${hookgate.url}/api/v1/health`)).status, 204);
});

const invalid = [
  ["/api/v1/app", "{", "body"],
  ["/api/v1/app", {}, "name"],
  ["/api/v1/app", { name: "" }, "name"],
  ["/api/v1/app", { name: "x", uid: "a b" }, "uid"],
  ["/api/v1/app", { name: "x", uid: ".." }, "uid"],
  ["/api/v1/app", { name: "x", uid: "src_0000000000000000000000" }, "uid"],
  ["/api/v1/app", { name: "x".repeat(2000) }, "name"],
  ["/api/v1/event-type", { name: "a/b", description: "" }, "name"],
  ["/api/v1/app/errors/endpoint", { url: "nonsense" }, "url_malformed"],
  ["/api/v1/app/errors/endpoint", { url: "https://user:pw@example.com/" }, "url_has_credentials"],
  ["/api/v1/app/errors/endpoint", { url: "https://example.com/", profile: "nobody" }, "profile"],
  ["/api/v1/app/errors/endpoint", { url: "https://example.com/", signature: "stripe" }, "signature"],
  ["/api/v1/app/errors/endpoint", { url: "https://example.com/", secret: "whsec_short" }, "secret"],
  ["/api/v1/app/errors/endpoint", { url: "https://example.com/", headers: { "Webhook-Id": "x" } }, "headers"],
  ["/api/v1/app/errors/endpoint", { url: "https://example.com/", headers: { "x-a": "b\r\nc: d" } }, "headers"],
  ["/api/v1/app/errors/endpoint", { url: "https://example.com/", headers: { "content-encoding": "gzip" } }, "headers"],
  ["/api/v1/app/errors/endpoint", { url: "https://example.com/", retrySchedule: [] }, "retrySchedule"],
  ["/api/v1/app/errors/endpoint", { url: "https://example.com/", timeoutSecs: 0 }, "timeoutSecs"],
  ["/api/v1/app/errors/msg", { eventType: "a b", payload: {} }, "eventType"],
  ["/api/v1/app/errors/msg", { eventType: "a", payload: 1 }, "payload"],
  ["/ingest/api/v1/source", { name: "xx", type: "nobody", config: { secret: "x".repeat(20) } }, "type"],
  ["/ingest/api/v1/source", { name: "xx", type: "stripe", config: {} }, "config.secret"],
  ["/ingest/api/v1/source", { name: "xx", type: "svix", config: { secret: "whsec_%%%" } }, "config.secret"],
  [
    "/ingest/api/v1/source",
    { name: "xx", type: "stripe", config: { secret: "x".repeat(20) }, dedup: { ttlSecs: 599 } },
    "at least twice the tolerance, 600",
  ],
  ["/ingest/api/v1/source", { name: "xx", uid: "src_x", type: "stripe", config: { secret: "x".repeat(20) } }, "uid"],
];
test("input that does not fit is 422, and says where", async () => {
  await api.create("/api/v1/app", { name: "Errors", uid: "errors" });
  for (const [path, body, where] of invalid) {
    const answer = await api.call("POST", path, body);
    assert.equal(answer.status, 422, `${path} ${JSON.stringify(body)}: ${JSON.stringify(answer.body)}`);
    assert.ok(JSON.stringify(answer.body.detail).includes(where), JSON.stringify(answer.body));
  }
});

test("an error does not repeat the value that it is about: it may be a secret", async () => {
  for (const config of ["TOPSECRET", { secrets: "TOPSECRET" }, { secret: ["TOPSECRET"] }]) {
    const answer = await api.call("POST", "/ingest/api/v1/source", { name: "xx", type: "stripe", config });
    assert.equal(answer.status, 422);
    assert.doesNotMatch(JSON.stringify(answer.body), /TOPSECRET/);
  }
});

test("a page of messages holds as many payloads as an object has room for", async () => {
  await api.create("/api/v1/app", { name: "Heavy", uid: "heavy" });
  const pad = "x".repeat(1_000_000);
  for (let n = 0; n < 6; n += 1) await api.expect(202, "POST", "/api/v1/app/heavy/msg", { eventType: "n", payload: { n, pad } });
  const full = await api.get("/api/v1/app/heavy/msg");
  assert.deepEqual([full.data.length, full.done], [3, false]);
  const rest = await api.get(`/api/v1/app/heavy/msg?iterator=${full.iterator}`);
  assert.deepEqual([...full.data, ...rest.data].map((message) => message.payload.n), [5, 4, 3, 2, 1, 0]);
  const bare = await api.get("/api/v1/app/heavy/msg?with_content=false");
  assert.deepEqual([bare.data.length, bare.done, bare.data[0].payload], [6, true, {}]);
});

test("a name that is taken is 409, an unknown one 404", async () => {
  await api.create("/api/v1/app", { name: "Twice", uid: "twice" });
  assert.equal((await api.call("POST", "/api/v1/app", { name: "Twice", uid: "twice" })).status, 409);
  await api.expect(202, "POST", "/api/v1/app/twice/msg", { eventType: "a", eventId: "same", payload: {} });
  assert.equal((await api.call("POST", "/api/v1/app/twice/msg", { eventType: "a", eventId: "same", payload: {} })).status, 409);
  const config = { secret: "x".repeat(20) };
  assert.equal((await api.call("POST", "/ingest/api/v1/source", { name: "Twice", uid: "twice", type: "stripe", config })).status, 409);
  for (const path of ["/api/v1/app/nobody", "/api/v1/app/nobody/msg", "/api/v1/app/twice/msg/msg_x", "/api/v1/nothing", "/api/v1/app/twice/endpoint/x"]) {
    const answer = await api.call("GET", path);
    assert.deepEqual([answer.status, answer.body.code], [404, "not_found"], path);
  }
});

function routes() {
  const paths = [
    ["GET", "/api/v1/app"],
    ["POST", "/api/v1/app"],
    ["GET", "/api/v1/app/x"],
    ["POST", "/api/v1/app/x/endpoint"],
    ["GET", "/api/v1/app/x/endpoint"],
    ["GET", "/api/v1/app/x/endpoint/y/secret"],
    ["POST", "/api/v1/app/x/msg"],
    ["GET", "/api/v1/app/x/msg/y"],
    ["GET", "/api/v1/app/x/attempt/msg/y"],
    ["GET", "/api/v1/app/x/attempt/endpoint/y"],
    ["GET", "/api/v1/app/x/endpoint/y/msg"],
    ["GET", "/api/v1/app/x/endpoint/y/stats"],
    ["GET", "/api/v1/app/x/msg/y/endpoint"],
    ["POST", "/api/v1/event-type"],
    ["POST", "/ingest/api/v1/source"],
    ["GET", "/ingest/api/v1/source"],
    ["GET", "/nowhere"],
    ["DELETE", "/api/v1/app/x"],
  ];
  return { paths };
}
