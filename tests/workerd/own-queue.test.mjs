/** A source that feeds a queue of the user's: its own consumer, a second Worker, gets every event once. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { client, post } from "./kit/client.mjs";
import { PROVIDERS, fresh } from "./kit/providers.mjs";
import { startReceiver } from "./kit/receiver.mjs";
import { startHookgate, until } from "./kit/runtime.mjs";

const BOUND = `
[[queues.producers]]
binding = "ORDERS"
queue = "orders"

[[queues.consumers]]
queue = "orders-dead"
max_batch_timeout = 1
`;
const LETTERS = "/api/hookgate/v1/dead-letter";
const { secret } = PROVIDERS.stripe;

let hookgate, receiver, api;

before(async () => {
  receiver = await startReceiver();
  const consumer = `
name = "consumer"
main = ${JSON.stringify(fileURLToPath(new URL("./fixtures/consumer.js", import.meta.url)))}
compatibility_date = "2026-11-01"
[vars]
TELL = "${receiver.url}/consumer"
[[queues.consumers]]
queue = "orders"
max_batch_timeout = 1
max_retries = 1
dead_letter_queue = "orders-dead"
`;
  hookgate = await startHookgate({ bindings: BOUND, beside: consumer });
  api = client(hookgate);
});

after(() => Promise.all([hookgate?.stop(), receiver?.stop()]));

for (const store of ["both", "durable_object", "kv", "none"]) {
  test(`with ${store} an event goes to the user's own consumer, and no further`, async () => {
    const name = `own-${store}`;
    const made = await api.source(name, "stripe", secret, undefined, { queue: "ORDERS", dedup: { store } });
    assert.equal(made.queue, "ORDERS");
    const event = await fresh("stripe", { id: `evt_${store}` });
    const { body } = await post(hookgate, name, event);
    assert.equal(body.status, "accepted");
    if (store !== "none") assert.equal((await post(hookgate, name, event)).body.status, "duplicate");
    const told = () => receiver.at("/consumer").map((request) => JSON.parse(request.body)).filter((message) => message.id === body.id);
    await until(() => told().length > 0);
    assert.deepEqual(told(), [{ id: body.id, eventId: `evt_${store}`, text: event.body }]);
    assert.deepEqual(await api.messages(name), [], "the source's application has nothing to deliver");
  });
}

test("what was sent to the user's own queue has left the inbox", async () => {
  await until(() => waiting() === 0, 30_000, () => `${waiting()} are in outboxes`);
});

test("a dead letter of the user's own queue is replayed to that queue", async () => {
  await api.source("refused", "stripe", secret, undefined, { queue: "ORDERS", dedup: { store: "kv" } });
  receiver.answers["/consumer"] = [500];
  const { body } = await post(hookgate, "refused", await fresh("stripe", { id: "evt_refused" }));
  const [letter] = await until(async () => {
    const { data } = await api.get(LETTERS);
    return data.length > 0 ? data : undefined;
  }, 60_000);
  assert.equal(letter.id, body.id);
  assert.equal((await api.get(`${LETTERS}/${letter.id}`)).queue, "ORDERS");
  receiver.answers["/consumer"] = [200];
  const told = () => receiver.at("/consumer").map((request) => JSON.parse(request.body)).filter((message) => message.id === body.id);
  const refused = told().length;
  await api.expect(204, "POST", `${LETTERS}/${letter.id}/replay`);
  await until(() => told().length > refused);
  assert.deepEqual((await api.get(LETTERS)).data, []);
  assert.deepEqual(await api.messages("refused"), [], "the gateway's own queue has not seen it");
});

test("a queue that is bound no longer is an error that says so, and nothing is acknowledged", async () => {
  await hookgate.kill();
  const { folder } = hookgate;
  hookgate = await startHookgate({ folder });
  const answer = await post(hookgate, "own-both", await fresh("stripe", { id: "evt_unbound" }));
  assert.deepEqual([answer.status, answer.body.code], [503, "queue_not_bound"]);
  assert.ok(answer.headers.get("retry-after"));
  await until(() => hookgate.log().includes("ORDERS"));
  // Bound to the gateway's own again, the provider's retry is accepted: no claim was left behind.
  await client(hookgate).expect(200, "PATCH", "/ingest/api/v1/source/own-both", { queue: null });
  await until(async () => (await post(hookgate, "own-both", await fresh("stripe", { id: "evt_unbound" }))).body.status === "accepted");
});

function waiting() {
  const files = readdirSync(join(hookgate.folder, "state"), { recursive: true }).filter((file) => /InboxObject.*\.sqlite$/.test(file));
  return files.reduce((sum, file) => {
    const database = new DatabaseSync(join(hookgate.folder, "state", file), { readOnly: true });
    const there = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'outbox'").get();
    const rows = there ? database.prepare("SELECT COUNT(*) AS rows FROM outbox").get().rows : 0;
    database.close();
    return sum + rows;
  }, 0);
}
