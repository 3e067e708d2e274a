/** Messages and attempts are found by the public API's parameters, in the real runtime. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Svix } from "svix";

import { client } from "./kit/client.mjs";
import { startReceiver } from "./kit/receiver.mjs";
import { ADMIN_TOKEN, startHookgate, until } from "./kit/runtime.mjs";

let hookgate, receiver, api, svix;
/** The messages in the order in which they were made: id and time. */
const made = [];
let endpoint;

before(async () => {
  [hookgate, receiver] = await Promise.all([startHookgate(), startReceiver({ "/find": [200, { status: 503, body: "busy" }, 404] })]);
  api = client(hookgate);
  svix = new Svix(ADMIN_TOKEN, { serverUrl: hookgate.url });
  await svix.application.create({ name: "Find", uid: "find" });
  const path = "/api/v1/app/find/endpoint";
  endpoint = (await api.create(path, { url: `${receiver.url}/find`, uid: "main", retrySchedule: [0] })).id;
  for (const message of [
    { eventType: "invoice.paid", channels: ["eu"], tags: ["a/b"] },
    { eventType: "invoice.late", channels: ["eu", "eu:north+1"] },
    { eventType: "ticket.made", tags: ["a", "x#1"] },
  ]) {
    const { id, timestamp } = await svix.message.create("find", { ...message, payload: { n: 1 } });
    // One after the other, so that each has a time, an attempt and an answer of its own.
    await until(async () => (await api.attempts("find", id))[0]?.statusText.match(/success|fail/));
    made.push({ id, timestamp });
  }
});

after(() => Promise.all([hookgate?.stop(), receiver?.stop()]));

/** What was made as the first, second and third. */
const numbers = (ids) => ids.map((id) => made.findIndex((message) => message.id === id)).sort();

test("the Svix SDK finds messages and attempts by type, channel, tag and date", async () => {
  const [first, second, third] = made.map(({ timestamp }) => timestamp);
  for (const [options, expected] of [
    [{ eventTypes: ["invoice.paid", "ticket.made"] }, [0, 2]],
    [{ eventTypes: ["invoice"] }, []],
    [{ channel: "eu" }, [0, 1]],
    [{ channel: "eu:north+1" }, [1]],
    [{ tag: "a/b" }, [0]],
    [{ tag: "x#1", eventTypes: ["ticket.made"] }, [2]],
    [{ after: new Date(third.getTime() + 60_000) }, []],
    [{ before: new Date(first.getTime() - 60_000) }, []],
  ]) {
    const messages = await svix.message.list("find", options);
    const attempts = await svix.messageAttempt.listByEndpoint("find", "main", options);
    const what = JSON.stringify(options);
    assert.deepEqual(numbers(messages.data.map(({ id }) => id)), expected, what);
    assert.deepEqual(numbers(attempts.data.map(({ msgId }) => msgId)), expected, what);
    for (const [n, { id }] of made.entries()) {
      const { data } = await svix.messageAttempt.listByMsg("find", id, options);
      assert.equal(data.length, expected.includes(n) ? 1 : 0, `${what} of message ${n}`);
    }
  }
  const between = await svix.message.list("find", { after: first, before: third });
  assert.deepEqual(numbers(between.data.map(({ id }) => id)), [1], "a message's own moment is outside");
  const { data } = await svix.messageAttempt.listByEndpoint("find", "main", { after: new Date(second.getTime() - 1) });
  assert.deepEqual(numbers(data.map(({ msgId }) => msgId)), [1, 2]);
});

test("the Svix SDK finds attempts by how they ended", async () => {
  for (const [options, expected] of [
    [{ status: 0 }, [0]],
    [{ status: 2 }, [1, 2]],
    [{ statusCodeClass: 500 }, [1]],
    [{ statusCodeClass: 400, status: 2 }, [2]],
    [{ statusCodeClass: 0 }, []],
    [{ statusCodeClass: 400, status: 0 }, []],
  ]) {
    const { data } = await svix.messageAttempt.listByEndpoint("find", endpoint, options);
    assert.deepEqual(numbers(data.map(({ msgId }) => msgId)), expected, JSON.stringify(options));
  }
});

test("the Svix SDK gets attempts with their messages, without their answers, and one by its id", async () => {
  const [of] = (await svix.messageAttempt.listByEndpoint("find", "main", { statusCodeClass: 500, withContent: true, withMsg: true })).data;
  assert.equal(of.response, "busy");
  assert.deepEqual([of.msg.id, of.msg.eventType, of.msg.channels, of.msg.payload], [made[1].id, "invoice.late", ["eu", "eu:north+1"], {}]);
  for (const { data } of [
    await svix.messageAttempt.listByEndpoint("find", "main", { withContent: false, withMsg: false }),
    await svix.messageAttempt.listByMsg("find", made[1].id, { withContent: false }),
  ]) {
    assert.equal(data.length > 0, true);
    for (const attempt of data) assert.deepEqual([attempt.response, attempt.msg ?? null], ["", null]);
  }
  const one = await svix.messageAttempt.get("find", made[1].id, of.id);
  assert.deepEqual([one.id, one.msgId, one.responseStatusCode], [of.id, made[1].id, 503]);
  await api.expect(404, "GET", `/api/v1/app/find/msg/${made[0].id}/attempt/${of.id}`);
});

test("types may be given again and again", async () => {
  const { data } = await api.get("/api/v1/app/find/msg?event_types=invoice.paid&event_types=invoice.late&order=ascending");
  assert.deepEqual(numbers(data.map(({ id }) => id)), [0, 1]);
});

test("a value that cannot be is refused, and its parameter named", async () => {
  const messages = "/api/v1/app/find/msg";
  const attempts = "/api/v1/app/find/attempt/endpoint/main";
  for (const [path, parameter, values] of [
    [messages, "before", ["yesterday", "2026-02-29T00:00:00Z", "", "1773738000"]],
    [attempts, "after", ["2026-03-17"]],
    [messages, "channel", ["a b", "", "x".repeat(129)]],
    [attempts, "tag", ["ü"]],
    [messages, "event_types", ["", "a,,b", "a b"]],
    [attempts, "status", ["5", "-1", "success"]],
    [attempts, "status_code_class", ["200.5", "404", "600"]],
    [attempts, "with_content", ["yes"]],
    [attempts, "with_msg", ["2"]],
  ]) {
    for (const value of values) {
      const { detail } = await api.expect(422, "GET", `${path}?${parameter}=${encodeURIComponent(value)}`);
      assert.deepEqual(detail.map(({ loc }) => loc), [["query", parameter]], value);
    }
  }
});

test("an application takes no throttle rate that nobody would hold", async () => {
  const { detail } = await api.expect(422, "POST", "/api/v1/app", { name: "Fast", throttleRate: 5 });
  assert.deepEqual(detail.map(({ loc }) => loc), [["body", "throttleRate"]]);
  await api.create("/api/v1/app", { name: "Fast", throttleRate: null });
});
