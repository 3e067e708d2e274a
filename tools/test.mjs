/**
 * `npm test`: everything that must hold before a commit, natively and in the real runtime.
 *
 * Every step runs, also after one has failed. A failed step shows its output, and the last line
 * counts the tests of cargo and of Node. Any failure ends with a code other than 0; in `ci`, a step
 * that cannot run is one.
 * Not for measuring, nor for what needs the internet (`cargo deny check advisories`).
 *
 *   npm test [-- lint | native | wasm | npm | start | next | storm | workerd | faults | fuzz]
 *   npm test -- ci                                         all of these
 *
 * What computes goes beside what starts the Worker's runtime, which mostly waits.
 *
 * The storm (10,000 seeds of each simulation, a million events through one file), the faults (ten kills of
 * the real runtime, stores that fail under it, 10,000 deliveries) and the fuzz targets run for minutes, and
 * Next is 300 MB, so `npm test` alone leaves them out.
 */
import { readdirSync } from "node:fs";

import { Failure, main, run, seconds, step } from "./process.mjs";
import { CARGO_DENY, cargoTools, childEnv, path, WASM_TARGET } from "./project.mjs";
import { findTool, installTool, setup } from "./setup.mjs";

/** What hangs is to say so while somebody listens: a file of Node's tests, and any step. The longest takes half of it. */
const FILE_LIMIT_MS = 10 * 60_000;
const STEP_LIMIT_MS = 20 * 60_000;

const WARNINGS_ARE_ERRORS = ["--", "-D", "warnings"];

const STEPS = {
  lint: [
    { name: "fmt", command: "cargo", args: ["fmt", "--all", "--check"] },
    ...["verify", "relay"].flatMap(fuzzTargets),
    { name: "clippy", command: "cargo", args: ["clippy", "--workspace", "--all-targets", ...WARNINGS_ARE_ERRORS] },
    // The smallest build of the verifier, whose tests leave out what it lacks.
    {
      name: "clippy, HMAC alone",
      command: "cargo",
      args: ["clippy", "-p", "hookgate", "--all-targets", "--no-default-features", "--features", "hmac", ...WARNINGS_ARE_ERRORS],
    },
    // What is compiled for the real target alone, natively nobody would see. One by one: the verifier's
    // module has no standard library, which a dependency of the Worker would bring in.
    ...["hookgate-worker", "hookgate-wasm"].map((name) => ({
      name: `clippy, wasm, ${name.replace("hookgate-", "")}`,
      command: "cargo",
      args: ["clippy", "--target", WASM_TARGET, "-p", name, ...WARNINGS_ARE_ERRORS],
    })),
    { name: "docs", command: "cargo", args: ["doc", "--workspace", "--no-deps"], env: { RUSTDOCFLAGS: "-D warnings" } },
    { name: "licences", command: () => findTool(CARGO_DENY), args: ["check", "licenses", "bans", "sources"], needs: cargoDeny },
  ],
  native: [
    { name: "cargo test", command: "cargo", args: ["test", "--workspace", "--no-fail-fast"], count: countCargoTests },
    // What only those build who sign as Wise, PayPal or Amazon.
    {
      name: "cargo test, RSA",
      command: "cargo",
      args: ["test", "-p", "hookgate", "--features", "rsa-sign", "--test", "it", "--", "asymmetric", "certified", "redaction"],
      count: countCargoTests,
    },
    { name: "tools", ...nodeTests(["tools", "tools/demo"]) },
  ],
  npm: [
    { name: "build package", command: "node", args: ["tools/npm.mjs"] },
    // Node, Deno, Bun and Chromium: at the first use a gigabyte is installed into the cache.
    { name: "runtimes", command: "node", args: ["tests/npm/runtimes/install.mjs"] },
    { name: "npm", ...nodeTests(["tests/npm"], 2), show: (output) => /^runtime +version[^]*?(?=\n *[✔▶ℹ✖])/m.exec(output)?.[0] },
  ],
  start: [
    { name: "build Worker, for a start", command: "node", args: ["tools/build.mjs"] },
    { name: "build verifier", command: "node", args: ["tools/build.mjs", "verify"] },
    { name: "npm start", ...nodeTests(["tests/start"]) },
  ],
  next: [
    { name: "build package, for Next", command: "node", args: ["tools/npm.mjs"] },
    { name: "next", ...nodeTests(["tests/npm/next"]) },
  ],
  storm: [
    { name: "10,000 seeds of the inbox", ...relayTest("inbox::simulation", { HOOKGATE_SEEDS: "10000" }) },
    { name: "10,000 seeds of the endpoint", ...relayTest("endpoint::simulation", { HOOKGATE_SEEDS: "10000" }) },
    { name: "1,000,000 events", ...relayTest("inbox::growth", { HOOKGATE_EVENTS: "1000000" }) },
  ],
  workerd: [
    { name: "build Worker", command: "node", args: ["tools/build.mjs"] },
    { name: "deploy, dry run", command: "wrangler", args: ["deploy", "--dry-run"] },
    { name: "workerd", ...nodeTests(["tests/workerd"], 3) },
  ],
  wasm: [
    {
      name: "cargo test, wasm32",
      command: "cargo",
      args: ["test", "--target", WASM_TARGET, "-p", "hookgate", "--test", "it"],
      env: wasmTests,
      count: countCargoTests,
    },
  ],
  faults: [
    { name: "ten kills", command: "node", args: ["tests/faults/run.mjs"], say: seeded },
    { name: "failing stores", command: "node", args: ["tests/faults/stores.mjs"], say: seeded },
    { name: "10,000 deliveries", command: "node", args: ["tests/faults/deliveries.mjs"], say: seeded },
  ],
  fuzz: [{ name: "fuzz", command: "node", args: ["tools/fuzz.mjs", "20"], say: executions }],
};

/** What `npm test` leaves out. */
const LONG = ["next", "storm", "faults", "fuzz"];

/**
 * What Debian has, and a small image of it may not: `ps` tells when a runtime has ended; vendors show their
 * customers Python, and Ruby with a method of ActiveSupport.
 */
const PROGRAMS = [
  { packages: "procps", command: "ps", args: ["--version"] },
  { packages: "python3", command: "python3", args: ["--version"] },
  { packages: "ruby ruby-activesupport", command: "ruby", args: ["-ractive_support/security_utils", "-e", ""] },
];

/** What goes beside each other; one after the other what wants both cores for itself. */
const LANES = [
  [
    ["lint", "native", "npm", "start", "next", "storm"],
    ["workerd", "wasm", "faults"],
  ],
  [["fuzz"]],
];

await main(async () => {
  const part = process.argv[2];
  const parts = Object.keys(STEPS);
  if (part !== undefined && part !== "ci" && !Object.hasOwn(STEPS, part)) throw new Failure(`there is no part '${part}': ${parts.join(", ")}, ci`);
  const chosen = (name) => (part === undefined ? !LONG.includes(name) : part === "ci" || part === name);
  await setup();
  await step("programs of tests", findPrograms);
  if (part === "ci") await step(CARGO_DENY.crate, () => installTool(CARGO_DENY));
  console.log();

  const started = performance.now();
  const results = [];
  const lane = async (names) => {
    for (const each of names.filter(chosen).flatMap((name) => STEPS[name])) {
      const result = await perform(each, part === "ci");
      results.push(result);
      console.log(line(result));
      if (result.broken) console.log(`\n${result.output.trimEnd()}\n`);
      else if (result.shown) console.log(`\n${result.shown}\n`);
    }
  };
  for (const beside of LANES) await Promise.all(beside.map(lane));
  report(results, performance.now() - started);
});

/** @returns {{name: string, verdict: string, broken: boolean, passed: number, failed: number, took: number, output: string}} */
async function perform({ name, command, args, env = {}, needs, count, say, show }, inCi) {
  const started = performance.now();
  const done = (verdict, more = {}) => ({ name, verdict, broken: false, passed: 0, failed: 0, output: "", ...more, took: performance.now() - started });
  const missing = await needs?.();
  // What CI leaves out, nobody would ever run.
  if (missing) return inCi ? done("FAILED", { broken: true, output: missing }) : done(`skipped, ${missing}`);

  const extra = typeof env === "function" ? env() : env;
  const program = typeof command === "function" ? await command() : command;
  const { code, output } = await run(program, typeof args === "function" ? args() : args, {
    env: childEnv({ CARGO_TERM_COLOR: "never", NO_COLOR: "1", FORCE_COLOR: undefined, ...(await extra) }),
    limitMs: STEP_LIMIT_MS,
  });
  const { passed, failed } = count?.(output) ?? { passed: 0, failed: 0 };
  // A test program that never came to its tests is a failure too, and one to be counted.
  if (code !== 0 || (count && passed + failed === 0)) return done("FAILED", { broken: true, passed, failed: count ? Math.max(failed, 1) : 0, output });
  return done(count ? `${passed} passed` : (say?.(output) ?? "ok"), { passed, failed, shown: show?.(output) });
}

function line({ name, verdict, took }) {
  return `${name.padEnd(30)} ${verdict.padEnd(26)} ${seconds(took)}`;
}

function report(results, took) {
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  console.log(`${"-".repeat(66)}\n${line({ name: "all", verdict: "", took })}\n`);
  const broken = results.filter((result) => result.broken).map((result) => result.name);
  if (broken.length > 0) {
    console.log(`failed: ${broken.join("; ")}`);
    process.exitCode = 1;
  }
  console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
}

/** The same tests under Node. */
async function wasmTests() {
  const { crate, version } = cargoTools().find((tool) => tool.binary === "wasm-bindgen");
  const runner = await findTool({ crate, version, binary: "wasm-bindgen-test-runner" });
  if (!runner) throw new Failure(`wasm-bindgen-test-runner ${version} is missing: it comes with ${crate}`);
  return { CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: runner };
}

async function findPrograms() {
  const missing = [];
  for (const { packages, command, args } of PROGRAMS) {
    const { code } = await run(command, args);
    if (code !== 0) missing.push(packages);
  }
  if (missing.length === 0) return "present";
  throw new Failure(`the tests need programs that are not here. This line installs them on Debian:\n\n  sudo apt-get install ${missing.join(" ")}`);
}

/** A step of the state machines' tests: those whose names have `part` in them; `env` says how many. */
function relayTest(part, env) {
  return {
    command: "cargo",
    args: ["test", "-p", "hookgate-relay", "--test", "it", part],
    env,
    count: countCargoTests,
  };
}

/**
 * A step of Node's own test runner over the `*.test.mjs` files that stand in `directories`, so many
 * `atOnce`: those that start runtimes mostly wait for them.
 */
function nodeTests(directories, atOnce = 1) {
  const files = () =>
    directories.flatMap((directory) => testFilesIn(path(directory)).map((file) => `${directory}/${file}`));
  return {
    command: "node",
    // What a failed test left open ends with the limit. Not by force: Node 20 then loses tests that it ran.
    args: () => ["--test", `--test-timeout=${FILE_LIMIT_MS}`, `--test-concurrency=${atOnce}`, "--test-reporter=spec", ...files()],
    needs: () => (files().length === 0 ? "no test yet" : undefined),
    count: countNodeTests,
  };
}

function testFilesIn(directory) {
  try {
    return readdirSync(directory).filter((file) => file.endsWith(".test.mjs")).sort();
  } catch (error) {
    if (error.code === "ENOENT") return [];
    throw error;
  }
}

/** cargo prints one such line for each test program and each crate's doc tests. */
function countCargoTests(output) {
  const counts = [...output.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed/gm)];
  const sum = (group) => counts.reduce((total, match) => total + Number(match[group]), 0);
  return { passed: sum(1), failed: sum(2) };
}

function countNodeTests(output) {
  const count = (what) => Number(new RegExp(`^ℹ ${what} (\\d+)$`, "m").exec(output)?.[1] ?? 0);
  return { passed: count("pass"), failed: count("fail") + count("cancelled") };
}

/** By what a run of the faults can be repeated. */
function seeded(output) {
  return /^seed .*$/m.exec(output)?.[0] ?? "ok";
}

/** From the last row of the fuzz targets' table. */
function executions(output) {
  return `${/^all +([\d,]+)/m.exec(output)?.[1] ?? "no"} executions`;
}

/**
 * Format and build of a crate's fuzz targets, which are workspaces of their own: a change of what they use is
 * else noticed by CI alone, that runs them. Without libFuzzer's instruments, and beside the other crates.
 */
function fuzzTargets(crate) {
  const manifest = ["--manifest-path", `crates/${crate}/fuzz/Cargo.toml`];
  const env = { CARGO_TARGET_DIR: process.env.CARGO_TARGET_DIR || path("target") };
  return [
    { name: `fmt, fuzz, ${crate}`, command: "cargo", args: ["fmt", ...manifest, "--check"] },
    { name: `check, fuzz, ${crate}`, command: "cargo", args: ["check", ...manifest, "--locked"], env },
  ];
}

async function cargoDeny() {
  return (await findTool(CARGO_DENY)) ? undefined : `cargo-deny ${CARGO_DENY.version} is not installed`;
}
