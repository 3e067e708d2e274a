/** How messages stand at an endpoint, where one message went, and how many there are, in the real runtime. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Svix } from "svix";

import { client } from "./kit/client.mjs";
import { startReceiver } from "./kit/receiver.mjs";
import { ADMIN_TOKEN, startHookgate, until } from "./kit/runtime.mjs";

const HOUR = 3_600_000;

let hookgate, receiver, api, svix;
/** The messages in the order in which they were made: one was delivered, one waits, one was cancelled. */
const made = [];

before(async () => {
  [hookgate, receiver] = await Promise.all([startHookgate(), startReceiver({ "/main": [200, 500] })]);
  api = client(hookgate);
  svix = new Svix(ADMIN_TOKEN, { serverUrl: hookgate.url });
  await svix.application.create({ name: "Stand", uid: "stand" });
  for (const [uid, eventTypes] of [["main"], ["other", ["other"]], ["late", ["invoice.late"]]]) {
    await api.create("/api/v1/app/stand/endpoint", { url: `${receiver.url}/${uid}`, uid, eventTypes, retrySchedule: [0, 3600] });
  }
  for (const message of [{ eventType: "invoice.paid", eventId: "evt-1", channels: ["eu"] }, { eventType: "invoice.late" }, { eventType: "invoice.void", tags: ["a/b"] }]) {
    const one = await svix.message.create("stand", { ...message, payload: { n: made.length } });
    // One after the other, so that each has an answer of its own.
    await until(async () => (await api.attempts("stand", one.id)).some(({ statusText }) => statusText !== "sending"));
    made.push(one);
  }
  await api.expect(200, "POST", `/api/hookgate/v1/app/stand/msg/${made[2].id}/endpoint/main/cancel`);
});

after(() => Promise.all([hookgate?.stop(), receiver?.stop()]));

const ids = ({ data }) => data.map(({ id }) => id);

test("the Svix SDK lists the messages of an endpoint with how they stand and when they go next", async () => {
  const { data } = await svix.messageAttempt.listAttemptedMessages("stand", "main", { withContent: true });
  assert.deepEqual(
    data.map(({ id, eventType, payload, status, statusText }) => [id, eventType, payload.n, status, statusText]),
    [
      [made[2].id, "invoice.void", 2, 4, "canceled"],
      [made[1].id, "invoice.late", 1, 1, "pending"],
      [made[0].id, "invoice.paid", 0, 0, "success"],
    ],
  );
  const [cancelled, waiting, delivered] = data;
  assert.deepEqual([delivered.eventId, delivered.channels, cancelled.tags], ["evt-1", ["eu"], ["a/b"]]);
  assert.deepEqual(data.map(({ timestamp }) => timestamp), made.map(({ timestamp }) => timestamp).reverse());
  assert.deepEqual([cancelled.nextAttempt ?? null, delivered.nextAttempt ?? null], [null, null]);
  const wait = waiting.nextAttempt - waiting.timestamp;
  assert.ok(wait >= HOUR && wait <= 1.2 * HOUR, `${wait} ms`);
  const bare = await svix.messageAttempt.listAttemptedMessages("stand", "main", { withContent: false });
  assert.deepEqual(bare.data.map(({ payload }) => payload), [{}, {}, {}]);
});

test("messages of an endpoint are found by how they stand and by what they are, page by page", async () => {
  for (const [options, expected] of [
    [{ status: 0 }, [0]],
    [{ status: 4 }, [2]],
    [{ status: 2 }, []],
    [{ eventTypes: ["invoice.paid", "invoice.late"] }, [1, 0]],
    [{ channel: "eu" }, [0]],
    [{ tag: "a/b", status: 4 }, [2]],
    [{ after: made[0].timestamp, before: made[2].timestamp }, [1]],
  ]) {
    const found = await svix.messageAttempt.listAttemptedMessages("stand", "main", options);
    assert.deepEqual(ids(found), expected.map((n) => made[n].id), JSON.stringify(options));
  }
  const path = "/api/v1/app/stand/endpoint/main/msg?limit=2";
  const first = await api.get(path);
  const second = await api.get(`${path}&iterator=${first.iterator}`);
  assert.deepEqual([ids(first), first.done, ids(second), second.done], [[made[2].id, made[1].id], false, [made[0].id], true]);
  const back = await api.get(`${path}&iterator=${second.prevIterator}`);
  assert.deepEqual(ids(back), ids(first));
  assert.deepEqual(ids(await api.get(`${path}&order=ascending`)), [made[0].id, made[1].id]);
});

test("a page of an endpoint's messages holds as many payloads as an object has room for, both ways", async () => {
  await api.create("/api/v1/app", { name: "Heavy", uid: "heavy" });
  await api.create("/api/v1/app/heavy/endpoint", { url: `${receiver.url}/heavy`, uid: "main" });
  const pad = "x".repeat(1_000_000);
  for (let n = 0; n < 6; n += 1) await api.expect(202, "POST", "/api/v1/app/heavy/msg", { eventType: "n", payload: { n, pad } });
  await receiver.wait("/heavy", 6);
  const path = "/api/v1/app/heavy/endpoint/main/msg";
  const numbers = ({ data }) => data.map(({ payload }) => payload.n);
  const full = await api.get(path);
  assert.deepEqual([numbers(full), full.done], [[5, 4, 3], false]);
  const rest = await api.get(`${path}?iterator=${full.iterator}`);
  assert.deepEqual([numbers(rest), rest.done], [[2, 1, 0], true]);
  const last = await api.get(`${path}?limit=1&iterator=${rest.iterator}`);
  assert.deepEqual([numbers(last), last.done], [[], true]);
  const oldest = await api.get(`${path}?limit=1&order=ascending`);
  const back = await api.get(`${path}?iterator=-${oldest.iterator}`);
  assert.deepEqual([numbers(back), back.done], [[3, 2, 1], false], "what is nearest to where it came from");
  const further = await api.get(`${path}?iterator=${back.prevIterator}`);
  assert.deepEqual([numbers(further), further.done], [[5, 4], true]);
  const bare = await api.get(`${path}?with_content=false`);
  assert.deepEqual([bare.data.length, bare.done], [6, true]);
});

test("the Svix SDK lists the endpoints that a message went to, and no others", async () => {
  const all = await svix.messageAttempt.listAttemptedDestinations("stand", made[1].id);
  const standing = all.data.map(({ uid, status, statusText }) => [uid, status, statusText]).sort();
  assert.deepEqual(standing, [["late", 0, "success"], ["main", 1, "pending"]]);
  const waiting = all.data.find(({ uid }) => uid === "main");
  assert.equal(waiting.url, `${receiver.url}/main`);
  assert.ok(waiting.nextAttempt - made[1].timestamp >= HOUR);
  assert.deepEqual(ids(all), ids(all).sort(), "ascending, as the public API has it");
  // One endpoint a page: that which never had the message leaves its page empty, and not the last.
  const walked = [];
  let page = { done: false };
  for (let pages = 0; !page.done; pages += 1) {
    assert.ok(pages < 3, "a walk without end");
    page = await api.get(`/api/v1/app/stand/msg/${made[1].id}/endpoint?limit=1${page.iterator ? `&iterator=${page.iterator}` : ""}`);
    walked.push(...ids(page));
  }
  assert.deepEqual(walked, ids(all));
  const by = await api.get("/api/v1/app/stand/msg/evt-1/endpoint");
  assert.deepEqual(by.data.map(({ uid }) => uid), ["main"]);
});

test("an endpoint that is disabled promises no next attempt", async () => {
  await api.expect(200, "PATCH", "/api/v1/app/stand/endpoint/main", { disabled: true });
  const waiting = () => api.get("/api/v1/app/stand/endpoint/main/msg?status=1");
  const held = await until(async () => {
    const { data } = await waiting();
    return data[0].nextAttempt === null && data;
  });
  assert.deepEqual(ids({ data: held }), [made[1].id]);
  await api.expect(200, "PATCH", "/api/v1/app/stand/endpoint/main", { disabled: false });
  await until(async () => (await waiting()).data[0].nextAttempt !== null);
});

test("the Svix SDK counts the messages of an endpoint by how they stand", async () => {
  const counts = { success: 1, pending: 1, fail: 0, sending: 0, canceled: 1 };
  assert.deepEqual({ ...(await svix.endpoint.getStats("stand", "main")) }, counts);
  const [first, second, third] = made.map(({ timestamp }) => timestamp);
  const both = await svix.endpoint.getStats("stand", "main", { since: first, until: second });
  assert.deepEqual({ ...both }, { ...counts, canceled: 0 }, "the ends are of the time");
  const later = await svix.endpoint.getStats("stand", "main", { since: new Date(third.getTime() + 1), until: new Date(third.getTime() + HOUR) });
  assert.deepEqual({ ...later }, { success: 0, pending: 0, fail: 0, sending: 0, canceled: 0 });
  for (const [query, parameter] of [
    ["since=yesterday", "since"],
    ["until=2026-02-29T00:00:00Z", "until"],
    ["since=2026-03-02T00:00:00Z&until=2026-03-01T00:00:00Z", "until"],
    ["since=2026-01-01T00:00:00Z&until=2026-01-29T00:00:01Z", "since"],
  ]) {
    const { detail } = await api.expect(422, "GET", `/api/v1/app/stand/endpoint/main/stats?${query}`);
    assert.deepEqual(detail.map(({ loc }) => loc), [["query", parameter]], query);
  }
  await api.expect(200, "GET", "/api/v1/app/stand/endpoint/main/stats?since=2026-01-01T00:00:00Z&until=2026-01-29T00:00:00Z");
});

test("what is not there has neither messages nor endpoints nor counts", async () => {
  for (const path of ["endpoint/nobody/msg", "endpoint/nobody/stats", "msg/msg_x/endpoint", "msg/evt-2/endpoint"]) {
    assert.deepEqual(await api.expect(404, "GET", `/api/v1/app/stand/${path}`), { code: "not_found", detail: "Entity not found" }, path);
  }
});
