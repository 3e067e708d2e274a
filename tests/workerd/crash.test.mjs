/** `kill -9` of the runtime with events in flight: what was acknowledged arrives, under one id. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { autopsy } from "./kit/autopsy.mjs";
import { client, post } from "./kit/client.mjs";
import { PROVIDERS, fresh } from "./kit/providers.mjs";
import { startReceiver } from "./kit/receiver.mjs";
import { startHookgate, until } from "./kit/runtime.mjs";

const EVENTS = 40;
let hookgate, receiver;

before(async () => {
  [hookgate, receiver] = await Promise.all([startHookgate(), startReceiver()]);
});

after(() => Promise.all([hookgate?.stop(), receiver?.stop()]));

test("after a kill with events in flight every acknowledged event is delivered, and none after a recorded success", async () => {
  // Every event's first request is held open: it is out when the power goes.
  receiver.answers["/crash"] = [...Array(3).fill(200), "never"];
  const endpoint = { url: `${receiver.url}/crash`, retrySchedule: [0, 1, 1, 1], timeoutSecs: 3 };
  await client(hookgate).source("crash", "stripe", PROVIDERS.stripe.secret, endpoint);

  const acknowledged = new Map();
  const sendAll = async (count) => {
    const events = await Promise.all(Array.from({ length: count }, () => fresh("stripe")));
    await Promise.all(
      events.map(async (event) => {
        const answer = await post(hookgate, "crash", event);
        if (answer.status === 200) acknowledged.set(answer.body.id, event);
      }),
    );
  };
  await sendAll(3);
  const recorded = await until(async () => {
    const api = client(hookgate);
    const logs = await Promise.all([...acknowledged.keys()].map((id) => api.attempts("crash", id)));
    const done = logs.flat().filter((attempt) => attempt.statusText === "success");
    return done.length === 3 ? done.map((attempt) => attempt.msgId) : undefined;
  });

  await sendAll(EVENTS);
  await receiver.wait("/crash", 5);
  // These are acknowledged, and still in the queue: the emulator keeps it in memory, and hands a batch
  // on after a second.
  await sendAll(EVENTS);
  // These are acknowledged in the very moment of the kill, or not at all: the provider cannot know.
  const last = sendAll(EVENTS).catch(() => undefined);
  await hookgate.kill();
  await last;

  receiver.answers["/crash"] = [200];
  const before = receiver.at("/crash").length;
  hookgate = await startHookgate({ folder: hookgate.folder });
  const api = client(hookgate);
  await until(
    async () => {
      const delivered = new Set(receiver.at("/crash").map((delivery) => delivery.headers["webhook-id"]));
      return [...acknowledged.keys()].every((id) => delivered.has(id));
    },
    60_000,
    () => {
      const delivered = new Set(receiver.at("/crash").map((delivery) => delivery.headers["webhook-id"]));
      return `${[...acknowledged.keys()].filter((id) => !delivered.has(id)).length} of ${acknowledged.size} acknowledged events were lost; now the storage and the runtime say:\n${autopsy(hookgate)}`;
    },
  );
  assert.ok(acknowledged.size >= 2 * EVENTS + 3);

  const settled = await until(async () => {
    const logs = await Promise.all([...acknowledged.keys()].map((id) => api.attempts("crash", id)));
    return logs.every((log) => log.at(-1)?.statusText === "success") ? logs : undefined;
  }, 60_000);
  for (const log of settled) {
    const successes = log.filter((attempt) => attempt.statusText === "success");
    assert.equal(successes.length, 1, "an event is not delivered again after a recorded success");
  }
  const later = receiver.at("/crash").slice(before);
  for (const id of recorded) {
    assert.ok(!later.some((delivery) => delivery.headers["webhook-id"] === id), `${id} was delivered again after its success was recorded`);
  }
  // One message for each event, and the provider's retry is still a duplicate.
  const ids = (await api.messages("crash")).map((message) => message.eventId);
  assert.equal(new Set(ids).size, ids.length);
  for (const [id, event] of [...acknowledged].slice(0, 5)) {
    assert.deepEqual((await post(hookgate, "crash", event)).body, { status: "duplicate", id });
  }
});
