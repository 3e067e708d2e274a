/** What objects have stored, read in the emulator's files beside the running gateway. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/**
 * SQLite's numbers for a file that is taken away or made anew while it is opened: it cannot be opened, is too
 * short or gone from its folder, or has a journal that another is about to remove. A reader that may write
 * would wait for a lock there; one that must not change what it looks at is told at once.
 */
const IN_BETWEEN = new Set([14, 522, 776, 1802]);
/** How long it may be locked, or in between: an object that is being erased is, for a moment. */
const MOMENT_MS = 5_000;

/** The files of the objects of a kind (`Inbox`), or of all; the emulator's own lies beside them. */
export function filesOf({ folder }, kind = "\\w+") {
  const state = join(folder, "state");
  const name = new RegExp(`hookgate-${kind}Object/[0-9a-f]{64}\\.sqlite$`);
  return readdirSync(state, { recursive: true }).filter((file) => name.test(file)).map((file) => join(state, file));
}

/** What a database answers; nothing where the runtime has taken its file away, as that of an object that was erased. */
export function rows(file, sql) {
  const until = Date.now() + MOMENT_MS;
  while (existsSync(file)) {
    let database;
    try {
      database = new DatabaseSync(file, { readOnly: true, timeout: MOMENT_MS });
      return database.prepare(sql).all();
    } catch (error) {
      if (!IN_BETWEEN.has(error.errcode) || Date.now() > until) throw error;
    } finally {
      database?.close();
    }
  }
  return [];
}

/** The tables of an object, but for those of the runtime and of SQLite. */
export function tables(file) {
  const all = rows(file, "SELECT name FROM sqlite_master WHERE type = 'table'");
  return all.map(({ name }) => name).filter((name) => !/^(_cf|sqlite)_/.test(name));
}
