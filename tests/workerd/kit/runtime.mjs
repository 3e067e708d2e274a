/**
 * Hookgate in the real runtime, for one test file: `wrangler dev` as a user runs it, on a port and a
 * storage of its own, so that it can be killed and started again on what it left behind.
 */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { freePort } from "../../../tools/ports.mjs";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const WRANGLER = join(ROOT, "node_modules/wrangler/bin/wrangler.js");

// What ends this process by a signal, a hand or a bound, ends the runtimes that it has started, too.
for (const [signal, code] of Object.entries({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 })) process.once(signal, () => process.exit(code));

export const ADMIN_TOKEN = "test-admin-token-0123456789";
export const SETTINGS = {
  HOOKGATE_MASTER_KEY: Buffer.alloc(32, 7).toString("base64"),
  HOOKGATE_ADMIN_TOKEN: ADMIN_TOKEN,
  HOOKGATE_ALLOW_PRIVATE_ENDPOINTS: "true",
  HOOKGATE_LEASE_SECS: "2",
  HOOKGATE_SOURCE_CACHE_SECS: "1",
};

/** How long the runtime may take to answer its first request; a start takes about four seconds. */
const START_BOUND_MS = 120_000;

/**
 * Starts Hookgate.
 *
 * @param {object} [options]
 * @param {string} [options.folder] storage of an earlier run
 * @param {Record<string, string | undefined>} [options.settings] variables, in place of the usual
 * @param {string} [options.bindings] TOML to bind more by
 * @param {string} [options.beside] the configuration, as TOML, of another Worker in the same runtime
 * @param {string} [options.main] a module in the place of the Worker's own
 * @param {boolean} [options.bucket] false: without R2
 */
export async function startHookgate({ folder = mkdtempSync(join(tmpdir(), "hookgate-")), settings = {}, bindings, beside, main, bucket = true } = {}) {
  const envFile = join(folder, "vars");
  const lines = Object.entries({ ...SETTINGS, ...settings }).filter(([, value]) => value !== undefined);
  writeFileSync(envFile, lines.map(([name, value]) => `${name}=${value}\n`).join(""));
  const own = [bindings, beside, main].some((option) => option !== undefined) || !bucket;
  const config = own ? [`--config=${boundBy(bindings ?? "", bucket, folder, main)}`] : [];
  if (beside !== undefined) {
    writeFileSync(join(folder, "beside.toml"), beside);
    config.push(`--config=${join(folder, "beside.toml")}`);
  }
  const port = await freePort();
  const child = spawn(
    process.execPath,
    [
      WRANGLER,
      "dev",
      ...config,
      "--ip=127.0.0.1",
      `--port=${port}`,
      "--inspector-port=0",
      `--persist-to=${join(folder, "state")}`,
      `--env-file=${envFile}`,
      "--show-interactive-dev-session=false",
    ],
    // A process group of its own: a kill takes the runtime along, as a power cut would.
    { cwd: ROOT, detached: true, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, CI: "true", NO_COLOR: "1" } },
  );
  const exited = once(child, "exit");
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (log += text));
  process.once("exit", () => kill(child));

  const url = `http://127.0.0.1:${port}`;
  const hookgate = {
    url,
    folder,
    log: () => log,
    /** The runtime's own processes, by their ids. */
    processes: () =>
      execFileSync("ps", ["-A", "-o", "pid=", "-o", "pgid=", "-o", "comm="], { encoding: "utf8" })
        .split("\n")
        .map((line) => line.trim().split(/\s+/))
        .filter(([, group, name]) => Number(group) === child.pid && name === "workerd")
        .map(([id]) => Number(id)),
    /** Rings the scheduled handler, as the platform does once a minute; the Worker's word for now is `time`. */
    async ringCron(time = Date.now()) {
      const answer = await fetch(`${url}/cdn-cgi/handler/scheduled?time=${time}`);
      assert.equal(answer.status, 200, await answer.text());
    },
    /** As `kill -9` of everything: nothing is flushed, nothing is said. */
    async kill() {
      kill(child);
      await exited;
      await gone(child);
    },
    async stop() {
      await this.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  hookgate.health = await until(
    async () => {
      if (child.exitCode !== null) throw new Error(`wrangler dev ended with ${child.exitCode}:\n${log}`);
      return fetch(`${url}/api/v1/health`).catch(() => undefined);
    },
    START_BOUND_MS,
    () => `wrangler dev did not answer:\n${log}`,
  ).catch(async (error) => {
    await hookgate.stop();
    throw error;
  });
  return hookgate;
}

/** Asks `condition` until it gives something, and fails with `complaint` when the bound is reached. */
export async function until(condition, boundMs = 30_000, complaint = () => "the condition never held") {
  const end = Date.now() + boundMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(complaint());
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The project's configuration, with more bindings or without the bucket, in a file of its own. */
function boundBy(bindings, bucket, folder, main = join(ROOT, "build/worker/index.js")) {
  const file = join(folder, "wrangler.toml");
  const text = readFileSync(join(ROOT, "wrangler.toml"), "utf8")
    .replace('"build/worker/index.js"', JSON.stringify(main))
    .replace('"./www"', JSON.stringify(join(ROOT, "www")))
    // What is tested was built before.
    .replace(/\[build\]\n(.+\n)*/, "")
    .replace(bucket ? "" : /\[\[r2_buckets\]\]\n(.+\n)*/, "");
  writeFileSync(file, `${text}\n${bindings}\n`);
  return file;
}

function kill(child) {
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

/**
 * Waits until nothing of the process group is left. The leader is gone first: the runtime that it started
 * may still hold its databases, and a successor that finds them locked is no restart after a power cut.
 */
async function gone(child) {
  const isLeft = (line) => {
    const [group, state] = line.trim().split(/\s+/);
    return Number(group) === child.pid && !state.startsWith("Z");
  };
  const list = () => execFileSync("ps", ["-A", "-o", "pgid=", "-o", "stat="], { encoding: "utf8" });
  await until(() => !list().split("\n").some(isLeft), 60_000, () => "the runtime outlives its kill");
}
