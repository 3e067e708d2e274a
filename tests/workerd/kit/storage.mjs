/** What objects have stored, read in the emulator's files beside the running gateway. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** SQLite's number of an error. */
const CANNOT_OPEN = 14;
/** How long it may be locked: an object that is being erased is, for a moment. */
const LOCKED_MS = 5_000;

/** The files of the objects of a kind (`Inbox`), or of all; the emulator's own lies beside them. */
export function filesOf({ folder }, kind = "\\w+") {
  const state = join(folder, "state");
  const name = new RegExp(`hookgate-${kind}Object/[0-9a-f]{64}\\.sqlite$`);
  return readdirSync(state, { recursive: true }).filter((file) => name.test(file)).map((file) => join(state, file));
}

/** What a database answers; nothing where the runtime takes its file away, as that of an object that was erased. */
export function rows(file, sql) {
  let database;
  try {
    database = new DatabaseSync(file, { readOnly: true, timeout: LOCKED_MS });
    return database.prepare(sql).all();
  } catch (error) {
    if (error.errcode === CANNOT_OPEN || !existsSync(file)) return [];
    throw error;
  } finally {
    database?.close();
  }
}

/** The tables of an object, but for those of the runtime and of SQLite. */
export function tables(file) {
  const all = rows(file, "SELECT name FROM sqlite_master WHERE type = 'table'");
  return all.map(({ name }) => name).filter((name) => !/^(_cf|sqlite)_/.test(name));
}
