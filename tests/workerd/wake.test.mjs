/** The lost wake: every alarm is gone, and the scheduled handler brings everything on its way again. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";

import { client, post } from "./kit/client.mjs";
import { PROVIDERS, fresh } from "./kit/providers.mjs";
import { startReceiver } from "./kit/receiver.mjs";
import { startHookgate, until } from "./kit/runtime.mjs";

/** Past the minute after which the watch looks. */
const LATER_MS = 3 * 60_000;

let hookgate, receiver;

before(async () => {
  [hookgate, receiver] = await Promise.all([startHookgate(), startReceiver()]);
});

after(() => Promise.all([hookgate?.stop(), receiver?.stop()]));

test("after every alarm was lost the scheduled handler delivers what waits in inboxes, applications and endpoints", async () => {
  receiver.answers["/wake"] = ["never"];
  const endpoint = { url: `${receiver.url}/wake`, retrySchedule: [0, 1, 1, 1], timeoutSecs: 3 };
  await client(hookgate).source("wake", "stripe", PROVIDERS.stripe.secret, endpoint);
  const acknowledged = [];
  const send = async (count) => {
    const events = await Promise.all(Array.from({ length: count }, () => fresh("stripe")));
    const answers = await Promise.all(events.map((event) => post(hookgate, "wake", event)));
    for (const answer of answers) {
      assert.equal(answer.status, 200);
      acknowledged.push(answer.body.id);
    }
  };
  // More than are out at once: the endpoint holds some that nobody has tried.
  await send(10);
  await receiver.wait("/wake", 6);
  // And these wait in their inboxes: the queue hands a batch on after a second.
  await send(10);
  await hookgate.kill();

  const before = receiver.at("/wake").length;
  assert.ok(forgetAlarms(hookgate.folder) >= 3, "an inbox, an application and an endpoint had one");
  receiver.answers["/wake"] = [200];
  hookgate = await startHookgate({ folder: hookgate.folder });
  assert.equal(receiver.at("/wake").length, before, "nobody was woken");

  const delivered = () => new Set(receiver.at("/wake").slice(before).map((delivery) => delivery.headers["webhook-id"]));
  const missing = () => acknowledged.filter((id) => !delivered().has(id));
  await hookgate.ringCron(Date.now() + LATER_MS);
  await until(
    () => missing().length === 0,
    60_000,
    () => `${missing().length} of ${acknowledged.length} events were not delivered; the runtime said:\n${hookgate.log()}`,
  );
});

test("an object with nothing left is looked at no more", async () => {
  // Everything has been delivered: one more look finds the rest of the notes, and what is to be purged in
  // days: claims, messages, attempts.
  await until(async () => {
    await hookgate.ringCron(Date.now() + LATER_MS);
    return watched(hookgate.folder).every(({ look_at: at }) => at > Date.now() + 86_400_000);
  });
});

/** The databases below a folder whose path has `part` in it. */
function databases(folder, part) {
  return readdirSync(folder, { recursive: true })
    .filter((file) => file.includes(part) && file.endsWith(".sqlite"))
    .map((file) => join(folder, file));
}

/** Takes every alarm from the runtime, and says how many there were. */
function forgetAlarms(folder) {
  return databases(join(folder, "state"), "metadata").reduce((count, file) => {
    const database = new DatabaseSync(file);
    const { changes } = database.prepare("DELETE FROM _cf_ALARM").run();
    database.close();
    return count + Number(changes);
  }, 0);
}

/** The notes of the registry. */
function watched(folder) {
  return databases(join(folder, "state"), "RegistryObject").flatMap((file) => {
    const database = new DatabaseSync(file, { readOnly: true });
    const tables = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'watch'").all();
    const rows = tables.length === 0 ? [] : database.prepare("SELECT kind, name, look_at FROM watch").all();
    database.close();
    return rows;
  });
}
