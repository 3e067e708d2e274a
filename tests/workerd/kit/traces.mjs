/** What the admission of an event leaves behind, read from the emulator's storage beside the running gateway. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { objects } from "./bucket.mjs";

/**
 * The inboxes that have a file, the markers in KV, and the bodies in R2, by their names.
 *
 * @returns {{inboxes: string[], markers: string[], bodies: string[]}}
 */
export function traces({ folder }) {
  const state = join(folder, "state");
  const files = readdirSync(state, { recursive: true });
  return {
    inboxes: files.filter((file) => /hookgate-InboxObject.[0-9a-f]{64}\.sqlite$/.test(file)),
    markers: files.filter((file) => /KVNamespaceObject.*\.sqlite$/.test(file)).flatMap((file) => markers(join(state, file))),
    bodies: [...objects({ folder }).keys()],
  };
}

/** Of both namespaces' keys, those that begin with a source's id: `{source}/{claim}` (src/store/kv.rs). */
function markers(file) {
  const database = new DatabaseSync(file, { readOnly: true });
  const has = database.prepare("SELECT 1 FROM sqlite_master WHERE name = '_mf_entries'").get();
  const keys = has ? database.prepare("SELECT key FROM _mf_entries WHERE key LIKE 'src\\_%/%' ESCAPE '\\'").all() : [];
  database.close();
  return keys.map(({ key }) => key);
}
