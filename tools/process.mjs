/**
 * Running programs: one that ends (`run`), one that stays (`launch`), and saying how long it took.
 *
 * A launched program leads a process group of its own, so that stopping it also stops what it
 * started (wrangler starts workerd). Not for knowing which program to run or where it is.
 */
import { spawn } from "node:child_process";
import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { childEnv, ROOT } from "./project.mjs";

/** A failure whose message is all that the user needs: shown without a stack. */
export class Failure extends Error {}

/**
 * Runs a program to its end. With `show`, its output goes to the terminal as well. With `limitMs`, one that
 * has not ended by then is killed, and that is a failure.
 *
 * @returns {Promise<{code: number, output: string}>} `code` is 127 when there is no such program.
 */
export function run(command, args, { env = childEnv(), cwd = ROOT, show = false, limitMs } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    const streams = [[child.stdout, process.stdout], [child.stderr, process.stderr]];
    let output = "";
    for (const [stream, terminal] of streams) {
      stream.setEncoding("utf8");
      stream.on("data", (text) => {
        output += text;
        if (show) terminal.write(text);
      });
    }
    if (limitMs !== undefined) {
      const limit = setTimeout(() => {
        child.kill("SIGKILL");
        // What it started may live on, and hold these open.
        for (const [stream] of streams) stream.destroy();
        resolve({ code: 1, output: `${output}\n${command}: not ended after${seconds(limitMs)}` });
      }, limitMs);
      child.on("close", () => clearTimeout(limit));
    }
    child.on("error", (error) => resolve({ code: 127, output: String(error.message) }));
    child.on("close", (code, signal) => {
      resolve({ code: code ?? 1, output: signal ? `${output}\n${command}: ended by ${signal}` : output });
    });
  });
}

/** As `run`, but a code other than 0 is a `Failure` that carries the output. */
export async function mustRun(command, args, options = {}) {
  const { code, output } = await run(command, args, options);
  if (code === 0) return output;
  const shown = options.show ? "" : `\n${output.trimEnd()}`;
  throw new Failure(`'${[command, ...args].join(" ")}' failed with code ${code}${shown}`);
}

/**
 * Starts a program that stays. `onLine` receives each line of its output.
 *
 * @returns {{ended: Promise<string>, stop: () => Promise<void>}} `ended` tells how it ended.
 */
export function launch(command, args, { env = childEnv(), onLine }) {
  const child = spawn(command, args, { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  for (const stream of [child.stdout, child.stderr]) eachLine(stream, onLine);
  const ended = new Promise((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("exit", (code, signal) => resolve(signal ? `signal ${signal}` : `code ${code}`));
  });

  const signalGroup = (signal) => {
    try {
      process.kill(-child.pid, signal);
    } catch {
      // The whole group is gone already.
    }
  };
  const stop = async () => {
    signalGroup("SIGTERM");
    const patience = setTimeout(() => signalGroup("SIGKILL"), 5_000);
    await ended;
    clearTimeout(patience);
    signalGroup("SIGKILL"); // what the leader left behind
  };
  return { ended, stop };
}

/** Does a step and prints one line: its name, what `work` says about it, and how long it took. */
export async function step(name, work) {
  const started = performance.now();
  const said = await work();
  console.log(`  ${name.padEnd(20)} ${said.padEnd(44)} ${seconds(performance.now() - started)}`);
}

export const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(1).padStart(6)} s`;

/** The body of a command-line tool: a `Failure` is shown as its message, and ends with code 1. */
export async function main(body) {
  try {
    await body();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    console.error(`\n${error.message}`);
    process.exitCode = 1;
  }
}

/** True for the module that `node` was asked to run. */
export const isMain = (meta) => process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(meta.url);

function eachLine(stream, onLine) {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (text) => {
    const lines = (rest + text).split(/\r?\n/);
    rest = lines.pop();
    lines.forEach((line) => onLine(line));
  });
  stream.on("end", () => rest && onLine(rest));
}
