/** Forwarding that fails: one application refuses, its messages die and are recorded, and are sent again. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";

import { client, post } from "./kit/client.mjs";
import { PROVIDERS, fresh } from "./kit/providers.mjs";
import { startReceiver } from "./kit/receiver.mjs";
import { startHookgate, until } from "./kit/runtime.mjs";

// No inbox sends again by itself within this test.
const settings = { HOOKGATE_LEASE_SECS: "3600" };
const LETTERS = "/api/hookgate/v1/dead-letter";
let hookgate, receiver;

before(async () => {
  [hookgate, receiver] = await Promise.all([startHookgate({ settings }), startReceiver()]);
});

after(() => Promise.all([hookgate?.stop(), receiver?.stop()]));

test("a source without an endpoint stores its messages", async () => {
  await client(hookgate).source("alone", "stripe", PROVIDERS.stripe.secret);
  const { body } = await post(hookgate, "alone", await fresh("stripe"));
  const stored = await until(async () => {
    const messages = await client(hookgate).messages("alone");
    return messages.length > 0 ? messages : undefined;
  });
  assert.deepEqual(stored.map((message) => message.id), [body.id]);
});

test("what an application refuses is recorded as dead, takes no other event along, and arrives when it is replayed", async () => {
  const api = client(hookgate);
  await api.source("refusing", "stripe", PROVIDERS.stripe.secret, { url: `${receiver.url}/refusing` });
  await api.source("sound", "stripe", PROVIDERS.stripe.secret, { url: `${receiver.url}/sound` });
  // One event each, so that both applications have their storage.
  for (const source of ["refusing", "sound"]) {
    await post(hookgate, source, await fresh("stripe"));
    await receiver.wait(`/${source}`, 1);
  }
  await hookgate.kill();
  const { id: source } = await withTrigger("CREATE TRIGGER refuse BEFORE INSERT ON messages WHEN NEW.event_id LIKE 'evt_refused%' BEGIN SELECT RAISE(FAIL, 'refused'); END");
  hookgate = await startHookgate({ folder: hookgate.folder, settings });

  // At once, so that they are of one batch: neither another source nor its own has to suffer.
  const ids = ["evt_refused", "evt_refused_2", "evt_refused_3", "evt_1", "evt_2", "evt_3", "evt_4"];
  const refusing = Promise.all(ids.map(async (id) => post(hookgate, "refusing", await fresh("stripe", { id }))));
  const [answers] = await Promise.all([refusing, post(hookgate, "sound", await fresh("stripe"))]);
  await Promise.all([receiver.wait("/sound", 2), receiver.wait("/refusing", 5)]);
  const [dead, ...others] = answers.slice(0, 3).map(({ body }) => body.id);
  const letters = await until(async () => {
    const { data } = await client(hookgate).get(LETTERS);
    return data.length > 2 ? data : undefined;
  }, 90_000);
  assert.deepEqual(letters.map(({ id }) => id).sort(), [dead, ...others].sort());
  assert.deepEqual(letters.map(({ sourceId, times }) => [sourceId, times]), letters.map(() => [source, 1]));
  const message = await client(hookgate).get(`${LETTERS}/${dead}`);
  assert.deepEqual([message.id, message.version], [dead, 1]);

  await hookgate.kill();
  await withTrigger("DROP TRIGGER refuse");
  hookgate = await startHookgate({ folder: hookgate.folder, settings });
  assert.equal(receiver.at("/refusing").length, 5);
  await client(hookgate).expect(204, "POST", `${LETTERS}/${dead}/replay`);
  const deliveries = await receiver.wait("/refusing", 6);
  assert.equal(deliveries[5].headers["webhook-id"], dead);
  assert.deepEqual((await client(hookgate).get(LETTERS)).data.map(({ id }) => id).sort(), others.sort());
  assert.equal((await client(hookgate).call("POST", `${LETTERS}/${dead}/replay`)).status, 404);
});

/** Runs a statement in the application of the source `refusing`, whose one message tells it. */
async function withTrigger(sql) {
  const state = join(hookgate.folder, "state");
  const files = readdirSync(state, { recursive: true });
  const records = new DatabaseSync(join(state, files.find((file) => /RegistryObject.[0-9a-f]+\.sqlite$/.test(file))));
  const record = records.prepare("SELECT id FROM records WHERE uid = 'refusing'").get();
  records.close();
  const endpoint = receiver.at("/refusing")[0].headers["webhook-id"];
  for (const file of files.filter((file) => /ApplicationObject.[0-9a-f]+\.sqlite$/.test(file))) {
    const database = new DatabaseSync(join(state, file));
    const ours = database.prepare("SELECT 1 FROM messages WHERE id = ?").get(endpoint);
    if (ours) database.exec(sql);
    database.close();
  }
  return record;
}
