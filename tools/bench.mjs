/**
 * `npm run bench`: what is measured and never judged.
 *
 *   npm run bench -- verify [--json]   a verification beside other libraries'
 *   npm run bench -- timing [calls]    does the time of a refusal tell how far a signature was right?
 *   npm run bench -- explain           how long does `explain` take at most, in WebAssembly?
 *   npm run bench -- objects           an event of an inbox and an alarm of an endpoint, by what they hold
 */
import { join } from "node:path";

import { buildVerify } from "./build.mjs";
import { Failure, main, mustRun } from "./process.mjs";
import { childEnv, path } from "./project.mjs";

const BENCHES = { verify, timing, explain, objects };

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
const timing = (args) => native("timing", args);

/** `bench/objects`. */
const objects = (args) => native("objects", args);

/** A program of its own, natively. */
async function native(name, args) {
  const cwd = path("bench", name);
  const target = process.env.CARGO_TARGET_DIR ? join(process.env.CARGO_TARGET_DIR, name) : join(cwd, "target");
  await mustRun("cargo", ["run", "--release", "--quiet", "--", ...args], { cwd, env: childEnv({ CARGO_TARGET_DIR: target }), show: true });
}

/** The module that the npm package has, built if it is not. */
async function explain() {
  await buildVerify({ quiet: true });
  const { measureExplain } = await import("../bench/explain.mjs");
  measureExplain();
}
