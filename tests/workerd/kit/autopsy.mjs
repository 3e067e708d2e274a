/** What the storage says when nothing moves: for the message of a test that failed. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** What waits in which object, whose alarm stands when, and what the runtime said last. */
export function autopsy({ folder, log }) {
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
