/** What stands in the emulator's R2: its index of objects, read beside the running gateway. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** The objects of the bucket `PAYLOADS`, by key: bytes and the time of their upload. */
export function objects({ folder }) {
  const state = join(folder, "state");
  const isIndex = (file) => /R2BucketObject.*\.sqlite$/.test(file);
  const found = new Map();
  for (const file of readdirSync(state, { recursive: true }).filter(isIndex)) {
    const database = new DatabaseSync(join(state, file), { readOnly: true });
    if (database.prepare("SELECT 1 FROM sqlite_master WHERE name = '_mf_objects'").get()) {
      for (const { key, size, uploaded } of database.prepare("SELECT key, size, uploaded FROM _mf_objects").all()) {
        found.set(key, { size, uploaded });
      }
    }
    database.close();
  }
  return found;
}
