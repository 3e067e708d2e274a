/** Sources are changed, turned to other secrets and other shards, and deleted without a trace. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { client, post } from "./kit/client.mjs";
import { PROVIDERS, fresh } from "./kit/providers.mjs";
import { startReceiver } from "./kit/receiver.mjs";
import { startHookgate, until } from "./kit/runtime.mjs";
import { filesOf, rows, tables } from "./kit/storage.mjs";

const { secret, other } = PROVIDERS.stripe;
/** Past the minutes for which an isolate may act upon an old record. */
const LATER_MS = 4 * 60_000;
const path = (name) => `/ingest/api/v1/source/${name}`;

let hookgate, receiver, api;

before(async () => {
  [hookgate, receiver] = await Promise.all([startHookgate(), startReceiver()]);
  api = client(hookgate);
});

after(() => Promise.all([hookgate?.stop(), receiver?.stop()]));

test("events that were claimed under another number of shards are duplicates", async () => {
  await api.source("shards", "stripe", secret, undefined, { dedup: { store: "durable_object", shards: 4 } });
  const events = await Promise.all(Array.from({ length: 12 }, () => fresh("stripe")));
  const send = () => Promise.all(events.map((event) => post(hookgate, "shards", event)));
  const first = await send();
  assert.deepEqual(first.map((answer) => answer.body.status), events.map(() => "accepted"));

  for (const shards of [9, 4, 2]) {
    const changed = await api.expect(200, "PATCH", path("shards"), { dedup: { shards } });
    assert.equal(changed.dedup.shards, shards);
    // Copies in both isolates' minds: some are sent while the old record is still remembered.
    for (let round = 0; round < 3; round += 1) {
      const again = await send();
      for (const [at, answer] of again.entries()) {
        assert.deepEqual([answer.status, answer.body.status, answer.body.id], [200, "duplicate", first[at].body.id]);
      }
    }
  }
  const { dedup } = await api.get(path("shards"));
  assert.deepEqual(dedup.past.former.map((former) => former.shards), [4, 9, 4]);
  const { body } = await api.call("PATCH", path("shards"), { dedup: { shards: 30 } });
  assert.deepEqual(body.detail[0].loc, ["body", "dedup.shards"]);
  assert.equal((await api.messages("shards")).length, events.length);
});

test("new events at the moment of a change are admitted once, whichever record each copy meets", async () => {
  await api.source("moment", "stripe", secret, undefined, { dedup: { store: "durable_object", shards: 4 } });
  const events = await Promise.all(Array.from({ length: 40 }, () => fresh("stripe")));
  await post(hookgate, "moment", events[0]);
  const changing = api.expect(200, "PATCH", path("moment"), { dedup: { shards: 11 } });
  // A provider sends again what is not acknowledged.
  const send = async (event) => {
    const answer = await until(async () => {
      const { status, body } = await post(hookgate, "moment", event);
      assert.ok(status === 200 || status === 503, JSON.stringify(body));
      return status === 200 ? body : undefined;
    });
    return answer.id;
  };
  const ids = await Promise.all(events.map((event) => Promise.all([send(event), send(event), send(event)])));
  await changing;
  for (const copies of ids) assert.equal(new Set(copies).size, 1, `one event, ${copies}`);
  const listed = await until(async () => {
    const messages = await api.messages("moment");
    return messages.length >= events.length ? messages : undefined;
  });
  assert.equal(listed.length, events.length);
});

test("a source is changed field by field or as a whole, and its secrets stay unless new ones are given", async () => {
  await api.source("change", "stripe", secret);
  const created = await api.get(path("change"));

  const patched = await api.expect(200, "PATCH", path("change"), { name: "renamed", toleranceSecs: 60, metadata: { a: "b" } });
  assert.deepEqual([patched.name, patched.toleranceSecs, patched.metadata], ["renamed", 60, { a: "b" }]);
  assert.ok(patched.updatedAt > created.updatedAt && patched.createdAt === created.createdAt);
  await until(async () => (await post(hookgate, "change", await fresh("stripe"))).status === 200);

  const put = await api.expect(200, "PUT", path("change"), { name: "anew", type: "stripe" });
  assert.deepEqual([put.id, put.uid, put.name, put.toleranceSecs, put.metadata], [created.id, "change", "anew", null, {}]);
  assert.equal((await post(hookgate, "change", await fresh("stripe"))).status, 200);

  const back = await api.expect(200, "PATCH", path("change"), { dedup: { ttlSecs: 700 }, disabled: true });
  assert.deepEqual([back.dedup.ttlSecs, back.dedup.shards, back.disabled], [700, 4, true]);
  await until(async () => (await post(hookgate, "change", await fresh("stripe"))).body.code === "source_disabled");
  assert.equal((await api.expect(200, "PATCH", path("change"), { disabled: null })).disabled, false);
});

test("a source is put under a name that there is none of", async () => {
  const made = await api.expect(201, "PUT", path("upserted"), { name: "upserted", type: "stripe", config: { secret } });
  assert.equal(made.uid, "upserted");
  assert.equal((await post(hookgate, "upserted", await fresh("stripe"))).status, 200);
});

test("secrets rotate: both are good while both stand there, and then the new one alone", async () => {
  await api.source("rotate", "stripe", secret);
  const statusOf = async (which) => (await post(hookgate, "rotate", await fresh("stripe", { secret: which }))).status;
  assert.deepEqual([await statusOf(secret), await statusOf(other)], [200, 401]);
  await api.expect(200, "PATCH", path("rotate"), { config: { secrets: [other, secret] } });
  await until(async () => (await statusOf(other)) === 200);
  assert.equal(await statusOf(secret), 200);
  await api.expect(200, "PATCH", path("rotate"), { config: { secret: other } });
  await until(async () => (await statusOf(secret)) === 401);
  assert.equal(await statusOf(other), 200);
});

test("what does not fit is refused, and changes nothing", async () => {
  await api.source("fits", "stripe", secret);
  await api.source("taken", "stripe", secret);
  for (const [change, status, field] of [
    [{ dedup: { shards: 65 } }, 422, "dedup.shards"],
    [{ dedup: { ttlSecs: 59 } }, 422, "dedup.ttlSecs"],
    [{ name: null }, 422, undefined],
    [{ config: { secret: "" } }, 422, "config.secret"],
    [{ type: "no-such-scheme" }, 422, "type"],
    // Its secret is no public key.
    [{ type: "sendgrid" }, 422, "config.secret"],
    [{ queue: "NO_SUCH_QUEUE" }, 422, "queue"],
    [{ queue: "SOURCES" }, 422, "queue"],
    // The gateway's own: what is sent to the second would count as given up.
    [{ queue: "EVENTS" }, 422, "queue"],
    [{ queue: "EVENTS_DEAD" }, 422, "queue"],
    [{ uid: "taken" }, 409, undefined],
  ]) {
    const answer = await api.call("PATCH", path("fits"), change);
    assert.equal(answer.status, status, JSON.stringify([change, answer.body]));
    if (field) assert.deepEqual(answer.body.detail[0].loc, ["body", field]);
  }
  assert.equal((await api.get(path("fits"))).createdAt, (await api.get(path("fits"))).updatedAt);
  for (const method of ["PATCH", "DELETE"]) {
    assert.equal((await api.call(method, path("nobody"), method === "PATCH" ? {} : undefined)).status, 404);
  }
});

test("of changes that do not know of each other one is refused, and none is lost", async () => {
  await api.source("race", "stripe", secret);
  const answers = await Promise.all(Array.from({ length: 8 }, (_, at) => api.call("PATCH", path("race"), { metadata: { [`k${at}`]: "v" } })));
  const done = answers.filter((answer) => answer.status === 200);
  assert.ok(done.length >= 1 && answers.every((answer) => [200, 409].includes(answer.status)));
  const { metadata } = await api.get(path("race"));
  assert.deepEqual(metadata, done.find((answer) => JSON.stringify(answer.body.metadata) === JSON.stringify(metadata))?.body.metadata);
});

test("under a new uid a source is found, and no longer under the old one", async () => {
  await api.source("before", "stripe", secret);
  await api.expect(200, "PATCH", path("before"), { uid: "afterwards" });
  assert.equal((await post(hookgate, "afterwards", await fresh("stripe"))).status, 200);
  await until(async () => (await post(hookgate, "before", await fresh("stripe"))).status === 404);
  assert.equal((await api.call("GET", path("before"))).status, 404);
});

test("a deleted source is gone at once, and a few minutes later nothing of it is left", async () => {
  const alone = await startHookgate();
  try {
    const own = client(alone);
    await own.source("gone", "stripe", secret, { url: `${receiver.url}/gone` });
    for (let count = 0; count < 8; count += 1) assert.equal((await post(alone, "gone", await fresh("stripe"))).status, 200);
    assert.equal((await post(alone, "gone", await fresh("stripe", { secret: other }))).status, 401);
    await receiver.wait("/gone", 8);
    await until(async () => (await own.get(`${path("gone")}/log`)).data.length === 1);
    await until(() => remaining(alone).size >= 4);

    await own.expect(204, "DELETE", path("gone"));
    assert.equal((await own.call("GET", path("gone"))).status, 404);
    assert.equal((await own.call("DELETE", path("gone"))).status, 404);
    await until(async () => (await post(alone, "gone", await fresh("stripe"))).status === 404);
    // The name is free.
    await own.source("gone", "stripe", other);
    await until(async () => (await post(alone, "gone", await fresh("stripe", { secret: other }))).status === 200);
    // What is still on its way then would come after the first round, and leave with the second, a day
    // later.
    await until(async () => (await own.messages("gone")).length === 1 && waiting(alone) === 0);
    await own.expect(204, "DELETE", path("gone"));

    await until(async () => {
      await alone.ringCron(Date.now() + LATER_MS);
      return remaining(alone).size === 0;
    }, 30_000, () => `left: ${JSON.stringify([...remaining(alone)])}\n${alone.log()}`);
  } finally {
    await alone.stop();
  }
});

/** The objects that have tables, but for the registry and the application of operational webhooks. */
function remaining(hookgate) {
  const found = new Map();
  for (const file of filesOf(hookgate, "(?!Registry)\\w+")) {
    const names = tables(file);
    const named = names.includes("__miniflare_do_name") && rows(file, "SELECT name FROM __miniflare_do_name")[0]?.name;
    if (names.length > 0 && named !== "operational-webhooks") found.set(file, names);
  }
  return found;
}

/** The events that inboxes have not seen confirmed. */
function waiting(hookgate) {
  const inboxes = filesOf(hookgate, "Inbox").filter((file) => tables(file).includes("outbox"));
  return inboxes.reduce((sum, file) => sum + (rows(file, "SELECT COUNT(*) AS count FROM outbox")[0]?.count ?? 0), 0);
}
