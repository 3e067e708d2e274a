/**
 * `npm run bench`: what is measured and never judged.
 *
 *   npm run bench -- verify [--json]   a verification beside other libraries'
 *   npm run bench -- timing [calls]    does the time of a refusal tell how far a signature was right?
 *   npm run bench -- explain           how long does `explain` take at most, in WebAssembly?
 *   npm run bench -- ingest [--quick] [--json]   events of a source, beside a Worker written by hand
 *   npm run bench -- send [--quick] [--json]     messages to endpoints
 *   npm run bench -- objects [--quick] [--json]  an event of an inbox and an alarm of an endpoint, by what they hold
 */
import { join } from "node:path";

import { buildVerify, buildWorker } from "./build.mjs";
import { Failure, main, mustRun } from "./process.mjs";
import { childEnv, path } from "./project.mjs";

const BENCHES = { verify, timing, explain, ingest, send, objects };

await main(async () => {
  const [name, ...args] = process.argv.slice(2);
  if (!BENCHES[name]) throw new Failure(`which one? ${Object.keys(BENCHES).join(", ")}`);
  await BENCHES[name](args);
});

/** `bench/verify`, in this process. */
async function verify(args) {
  const { verifyBench } = await import("../bench/verify/run.mjs");
  await verifyBench(args);
}

/** `bench/timing`. */
function timing(args) {
  return native("timing", args);
}

/** `bench/objects`. */
function objects(args) {
  return native("objects", args);
}

/** A program of its own, natively. */
async function native(name, args) {
  const cwd = path("bench", name);
  const target = process.env.CARGO_TARGET_DIR ? join(process.env.CARGO_TARGET_DIR, name) : join(cwd, "target");
  await mustRun("cargo", ["run", "--release", "--quiet", "--", ...args], { cwd, env: childEnv({ CARGO_TARGET_DIR: target }), show: true });
}

/** `bench/worker`, in the local runtime. */
async function ingest(args) {
  await buildWorker();
  const { ingestBench } = await import("../bench/worker/ingest.mjs");
  await ingestBench(args);
}

/** `bench/worker`, in the local runtime. */
async function send(args) {
  await buildWorker();
  const { sendBench } = await import("../bench/worker/send.mjs");
  await sendBench(args);
}

/** The module that the npm package has, built if it is not. */
async function explain() {
  await buildVerify({ quiet: true });
  const { measureExplain } = await import("../bench/explain.mjs");
  measureExplain();
}
