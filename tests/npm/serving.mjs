/** A server that an example of the README makes, or a framework from it, for as long as a test asks it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";

import { freePort } from "../../tools/ports.mjs";

/** How long it may take to answer first; it takes less than a second. */
const BOUND_MS = 60_000;

/**
 * What `work` gives, called with the server's address.
 *
 * @param {string} command
 * @param {(port: number) => string[]} args
 * @param {{cwd: string, env?: (port: number) => Record<string, string>}} where
 * @param {(url: string) => Promise<unknown>} work
 */
export async function serving(command, args, { cwd, env = () => ({}) }, work) {
  const port = await freePort();
  // A process group of its own: what it starts ends with it.
  const child = spawn(command, args(port), { cwd, env: { ...process.env, ...env(port) }, stdio: ["ignore", "pipe", "pipe"], detached: true });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (log += text));
  const exited = once(child, "exit");
  try {
    const url = `http://127.0.0.1:${port}`;
    const end = Date.now() + BOUND_MS;
    while (!(await fetch(url).catch(() => undefined))) {
      assert.ok(child.exitCode === null && Date.now() < end, `it does not answer:\n${log}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return await work(url);
  } finally {
    if (child.exitCode === null) process.kill(-child.pid, "SIGKILL");
    await exited;
  }
}
