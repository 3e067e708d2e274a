/**
 * Waits until every acknowledged event has been delivered, and looks into the storage when nothing
 * moves: a stall is told with all that can be known of it, and then the scheduled handler is rung, as the
 * platform does every minute.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** A deployed gateway is looked after once a minute. */
const STALL_MS = 60_000;
const BOUND_MS = 15 * 60_000;

/** @returns {Promise<number>} how often nothing moved for a minute */
export async function settle(city, receiver, books) {
  const end = Date.now() + BOUND_MS;
  let [seen, moved, stalls] = [0, Date.now(), 0];
  while (Date.now() < end) {
    const { arrived } = receiver;
    if (arrived.length > seen) [seen, moved] = [arrived.length, Date.now()];
    const delivered = new Set(arrived.map((delivery) => delivery.headers["webhook-id"]));
    if ([...books.acknowledged.values()].every((ids) => [...ids].some((id) => delivered.has(id)))) return stalls;
    if (Date.now() - moved > STALL_MS) {
      stalls += 1;
      console.log(`nothing has moved for a minute; ${delivered.size} of ${books.acknowledged.size} delivered\n${autopsy(city.hookgate)}`);
      await city.hookgate.ringCron(Date.now() + 3 * 60_000);
      moved = Date.now();
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return stalls;
}

/** What waits in which object, whose alarm stands when, and what the runtime said last. */
function autopsy({ folder, log }) {
  const files = readdirSync(join(folder, "state"), { recursive: true }).filter((file) => /hookgate-\w+Object.*\.sqlite$/.test(file));
  const lines = files.flatMap((file) => {
    const database = new DatabaseSync(join(folder, "state", file), { readOnly: true });
    const has = (table) => database.prepare("SELECT 1 FROM sqlite_master WHERE name = ?").get(table);
    const found = [
      ["outbox", "SELECT COUNT(*) AS waiting, MIN(due_at) AS due FROM outbox"],
      ["fanout", "SELECT COUNT(*) AS waiting, MIN(due_at) AS due FROM fanout"],
      ["deliveries", "SELECT COUNT(*) AS waiting, MIN(next_attempt_at) AS due FROM deliveries WHERE next_attempt_at IS NOT NULL"],
      ["watch", "SELECT COUNT(*) AS waiting, MIN(look_at) AS due FROM watch"],
      ["_cf_ALARM", "SELECT COUNT(*) AS waiting, MIN(scheduled_time) / 1000000 AS due FROM _cf_ALARM"],
    ].flatMap(([table, sql]) => {
      if (!has(table)) return [];
      const { waiting, due } = database.prepare(sql).get();
      const late = due === null ? "" : `, the first due ${((due - Date.now()) / 1000).toFixed(1)} s from now`;
      return [`  ${file}: ${table} ${waiting}${late}`];
    });
    database.close();
    return found;
  });
  return [...lines, log().slice(-4_000)].join("\n");
}
