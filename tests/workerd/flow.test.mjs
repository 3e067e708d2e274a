/** Which messages an endpoint gets, when, how fast and in what order, in the real runtime. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";

import { client } from "./kit/client.mjs";
import { startReceiver } from "./kit/receiver.mjs";
import { startHookgate, until } from "./kit/runtime.mjs";

let hookgate, api, receiver;
before(async () => {
  receiver = await startReceiver();
  hookgate = await startHookgate();
  api = client(hookgate);
});
after(async () => {
  await hookgate?.stop();
  await receiver?.stop();
});

/** An application with an endpoint at each of these paths of the receiver. */
async function application(name, endpoints) {
  await api.create("/api/v1/app", { name, uid: name });
  const ids = {};
  for (const [path, fields] of Object.entries(endpoints)) {
    const url = path.startsWith("http") ? path : receiver.url + path;
    const { id } = await api.create(`/api/v1/app/${name}/endpoint`, { url, ...fields });
    ids[path] = id;
  }
  const root = `/api/v1/app/${name}`;
  return {
    root,
    ids,
    endpoint: (path) => `${root}/endpoint/${ids[path]}`,
    send: async (payload = {}, more = {}) =>
      (await api.expect(202, "POST", `${root}/msg`, { eventType: "a", payload, ...more })).id,
  };
}

const idsAt = (path) => receiver.at(path).map(({ headers }) => headers["webhook-id"]);

test("an endpoint with a filter gets the messages that it is true of, and shows what it could not judge", async () => {
  const app = await application("filter", {
    "/filter/all": {},
    "/filter/large": { filter: "amount > `100` && contains(tags, 'eu')" },
  });
  const large = await app.send({ amount: 250, tags: ["eu"] });
  const small = await app.send({ amount: 50, tags: ["eu"] });
  const odd = await app.send({ amount: 250, tags: 7 });
  await receiver.wait("/filter/all", 3);
  await receiver.wait("/filter/large", 1);
  assert.deepEqual(new Set(idsAt("/filter/all")), new Set([large, small, odd]));
  assert.deepEqual(idsAt("/filter/large"), [large]);
  const shown = await api.get(app.endpoint("/filter/large"));
  assert.deepEqual([shown.filterFailures.count, shown.filterFailures.lastMsgId], [1, odd]);
  const changed = await api.expect(200, "PATCH", app.endpoint("/filter/large"), { filter: null });
  assert.equal(changed.filter, null);
});

test("what is no filter is refused with its place", async () => {
  const app = await application("no-filter", {});
  for (const [filter, msg] of [
    ["amount >", /^filter_syntax: .* at byte 8$/],
    ["sort(items)", /^filter_not_allowed: .* at byte 4$/],
    ["a".repeat(1025), /^filter_too_long: /],
  ]) {
    const { detail } = await api.expect(422, "POST", `${app.root}/endpoint`, { url: `${receiver.url}/x`, filter });
    assert.deepEqual(detail[0].loc, ["body", "filter"]);
    assert.match(detail[0].msg, msg);
  }
});

test("a throttled endpoint is sent to no faster than it says, and gets everything", async () => {
  const app = await application("throttle", { "/throttle": { throttleRate: 5 }, "/throttle/other": {} });
  const sent = await Promise.all(Array.from({ length: 12 }, (_, n) => app.send({ n })));
  await receiver.wait("/throttle/other", 12);
  const arrived = await receiver.wait("/throttle", 12);
  assert.deepEqual(new Set(idsAt("/throttle")), new Set(sent));
  // By when each left: the way here is of no fixed length.
  const left = (await Promise.all(sent.map((id) => api.attempts("throttle", id))))
    .flat()
    .filter(({ endpointId }) => endpointId === app.ids["/throttle"])
    .map(({ timestamp }) => Date.parse(timestamp))
    .sort((a, b) => a - b);
  assert.equal(arrived.length, 12);
  for (const [index, at] of left.slice(1).entries()) assert.ok(at - left[index] >= 200, `${at - left[index]} ms`);
});

test("with an order nothing overtakes a message that fails until it has ended", async () => {
  receiver.answers["/fifo"] = [500, 500, 200];
  const app = await application("fifo", { "/fifo": { fifo: true, retrySchedule: [0, 1, 1] } });
  const sent = [];
  for (let n = 0; n < 5; n += 1) sent.push(await app.send({ n }));
  await receiver.wait("/fifo", 7);
  assert.deepEqual(idsAt("/fifo"), [sent[0], sent[0], ...sent]);
});

test("six hung requests of one endpoint, and six endpoints that hang, delay no other endpoint", async () => {
  const hung = Object.fromEntries(
    Array.from({ length: 6 }, (_, n) => {
      receiver.answers[`/hung/${n}`] = ["never"];
      return [`/hung/${n}`, { retrySchedule: [0], timeoutSecs: 60 }];
    }),
  );
  const app = await application("hung", { ...hung, "/sound": {} });
  const sent = [];
  for (let n = 0; n < 8; n += 1) sent.push(await app.send({ n }));
  for (const path of Object.keys(hung)) await receiver.wait(path, 6);
  await receiver.wait("/sound", 8);
  const last = await app.send({ last: true });
  await until(() => idsAt("/sound").includes(last), 20_000, () => "a sound endpoint waits for those that hang");
  // And of each that hangs no more than six are out.
  for (const path of Object.keys(hung)) assert.equal(receiver.at(path).length, 6);
});

test("a message for later is delivered then, and one too far ahead is refused", async () => {
  const app = await application("later", { "/later": {} });
  const at = Date.now() + 3_000;
  const later = await app.send({ later: true }, { deliverAt: new Date(at).toISOString() });
  const now = await app.send({ later: false });
  const arrived = await receiver.wait("/later", 2);
  assert.deepEqual(idsAt("/later"), [now, later]);
  assert.ok(arrived[1].at >= at, `${at - arrived[1].at} ms early`);
  assert.equal((await api.get(`${app.root}/msg/${later}`)).deliverAt, new Date(at).toISOString());
  for (const deliverAt of ["tomorrow", new Date(Date.now() + 8 * 86_400_000).toISOString(), "2020-01-01T00:00:00Z"]) {
    const body = { eventType: "a", payload: {}, deliverAt };
    const { detail } = await api.expect(422, "POST", `${app.root}/msg`, body);
    assert.deepEqual(detail[0].loc, ["body", "deliverAt"]);
  }
});

test("of requests under one idempotency key one makes a message, and all are answered with it", async () => {
  const app = await application("once", { "/once": {} });
  const post = (body, key) => api.call("POST", `${app.root}/msg`, body, { "idempotency-key": key });
  const key = randomUUID();
  const body = { eventType: "a", payload: { total: 1 }, eventId: "order-1" };
  const answers = await Promise.all(Array.from({ length: 10 }, () => post(body, key)));
  for (const answer of answers) assert.deepEqual([answer.status, answer.body], [202, answers[0].body]);
  const other = await post({ ...body, payload: { total: 2 } }, key);
  assert.deepEqual([other.status, other.body.code], [409, "idempotency_key_reused"]);
  const malformed = await post(body, "a b");
  assert.deepEqual([malformed.status, malformed.body.detail[0].loc], [422, ["header", "idempotency-key"]]);
  await receiver.wait("/once", 1);
  assert.equal((await api.messages("once")).length, 1);
});

test("a call that is made again under its key is answered as it was and makes nothing more", async () => {
  const post = (path, body, key) => api.call("POST", path, body, { "idempotency-key": key });
  const key = randomUUID();
  const first = await post("/api/v1/app", { name: "Keyed" }, key);
  const again = await post("/api/v1/app", { name: "Keyed" }, key);
  assert.deepEqual([first.status, again.status, again.body], [201, 201, first.body]);
  const other = await post("/api/v1/app", { name: "Another" }, key);
  assert.deepEqual([other.status, other.body.code], [409, "idempotency_key_reused"]);
  const endpoint = await post(`/api/v1/app/${first.body.id}/endpoint`, { url: receiver.url }, key);
  assert.deepEqual([endpoint.status, endpoint.body.code], [409, "idempotency_key_reused"]);
  const apps = (await api.get("/api/v1/app?limit=250")).data.filter(({ name }) => name === "Keyed");
  assert.equal(apps.length, 1);
  // Of those that come at once one runs; the others are told so, or what it answered.
  const rush = await Promise.all(
    Array.from({ length: 8 }, () => post("/api/v1/app", { name: "Rush" }, "rush-1")),
  );
  const made = new Set(rush.filter(({ status }) => status === 201).map(({ body }) => body.id));
  assert.equal(made.size, 1);
  for (const { status, body } of rush) assert.ok(status === 201 || body.code === "idempotency_key_in_use");
  // What failed can be mended under its key.
  assert.equal((await post("/api/v1/app", { name: "" }, "mend-1")).status, 422);
  assert.equal((await post("/api/v1/app", { name: "" }, "mend-1")).status, 422);
});

test("a payload of 1 MiB is delivered byte for byte, and one byte more is refused", async () => {
  const app = await application("large", { "/large": {} });
  const payload = (bytes) => `{"text":"${"x".repeat(bytes - 11)}"}`;
  const post = (bytes) => api.call("POST", `${app.root}/msg?with_content=false`, `{"eventType":"a","payload":${payload(bytes)}}`);
  assert.equal((await post(1024 * 1024)).status, 202);
  const refused = await post(1024 * 1024 + 1);
  assert.deepEqual([refused.status, refused.body.code], [413, "payload_too_large"]);
  const [{ body }] = await receiver.wait("/large", 1);
  assert.equal(body.toString(), payload(1024 * 1024));
});

test("an expunged message is empty and is not delivered any more", async () => {
  receiver.answers["/expunge"] = [{ status: 500, body: "what came was a-secret-of-mine" }, 200];
  const app = await application("expunge", { "/expunge": { retrySchedule: [0, 2] }, "/expunge/fine": {} });
  const id = await app.send({ card: "a-secret-of-mine" });
  await receiver.wait("/expunge", 1);
  await receiver.wait("/expunge/fine", 1);
  const failed = await until(async () => (await api.attempts("expunge", id)).find((attempt) => attempt.statusText === "fail"));
  await api.expect(204, "DELETE", `${app.root}/msg/${id}/content`);
  assert.deepEqual((await api.get(`${app.root}/msg/${id}`)).payload, {});
  await api.expect(204, "DELETE", `${app.root}/msg/${id}/attempt/${failed.id}/content`);
  const attempts = await api.attempts("expunge", id);
  assert.equal(attempts.find((attempt) => attempt.id === failed.id).response, "");
  await api.expect(404, "DELETE", `${app.root}/msg/msg_none/content`);
  await api.expect(404, "DELETE", `${app.root}/msg/${id}/attempt/atmpt_none/content`);
  // A message that is made now is delivered to both, and the one before is past its retry.
  const next = await app.send({}, { deliverAt: new Date(Date.now() + 3_000).toISOString() });
  await until(() => idsAt("/expunge").includes(next));
  assert.deepEqual(idsAt("/expunge"), [id, next]);
});
