/**
 * Builds what is WebAssembly: the Worker (build/worker), and the verifier (build/verify).
 *
 * wrangler runs this as its build command, so that `npx wrangler dev` and `npx wrangler deploy`
 * need nothing else. When no input has changed since the last build, it says so and ends at once.
 * Not for running or testing what it built.
 *
 *   node tools/build.mjs            the Worker
 *   node tools/build.mjs verify     the verifier: every scheme, and HMAC alone
 */
import { createHash } from "node:crypto";
import { appendFileSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join, relative } from "node:path";
import { gzipSync } from "node:zlib";

import { cargoTools, childEnv, NPM_BIN, path, ROOT, WASM_TARGET } from "./project.mjs";
import { Failure, isMain, main, mustRun, run, seconds } from "./process.mjs";
import { findTool, setup } from "./setup.mjs";

/** What the Worker may weigh, gzip-compressed: it bounds the cold start. */
const WORKER_BUDGET = 900_000;

/** What they are built from, and what builds them: this file, and the tools whose versions are locked. */
const SHARED_INPUTS = [
  "Cargo.toml",
  "Cargo.lock",
  ".cargo/config.toml",
  "rust-toolchain.toml",
  "package-lock.json",
  "tools/build.mjs",
  "crates/verify",
];
const WORKER_INPUTS = [...SHARED_INPUTS, "src", "crates/relay"];
const VERIFY_INPUTS = [...SHARED_INPUTS, "crates/wasm"];
/** Directories below the inputs that no release build reads. */
const NOT_INPUTS = new Set(["target", "tests", "benches", "fuzz", "node_modules"]);

const WORKER = path("build", "worker");
const VERIFY = path("build", "verify");

/** No feature of WebAssembly that Node 20 lacks: `wasm-opt` would use all that it knows. */
const WASM_OPT = [
  "--enable-bulk-memory",
  "--enable-bulk-memory-opt",
  "--enable-mutable-globals",
  "--enable-nontrapping-float-to-int",
  "--enable-sign-ext",
  "--enable-simd",
  "--strip-debug",
  "--strip-producers",
];

/**
 * Clears away what has become unreachable, and little more: what `-Oz` writes is a tenth shorter, but
 * less regular, and longer once it is compressed. Nothing lies in the first kilobyte of memory, which
 * is the end of the stack.
 */
const FOR_SIZE = [
  "--low-memory-unused",
  "--one-caller-inline-max-function-size=0",
  "--dae-optimizing",
  "--duplicate-function-elimination",
  "--precompute",
  "--optimize-instructions",
  "--dce",
  "--vacuum",
  "--rse",
  "--vacuum",
  "--inlining-optimizing",
  "--pick-load-signs",
  "--optimize-added-constants-propagate",
  "--merge-blocks",
  "--remove-unused-brs",
  "--remove-unused-names",
  "--vacuum",
  "--rse",
  "--vacuum",
  "--coalesce-locals",
  "--reorder-locals",
  "--remove-unused-module-elements",
  "--dealign",
];

/** Likewise nothing lies there, so that an offset needs no instruction of its own. */
const FOR_SPEED = ["--low-memory-unused", "-O3"];

/**
 * The builds of the verifier, and what each may weigh, gzip-compressed. Those for pages and the edge,
 * which load every byte, are compiled for size; those for servers for speed.
 */
export const VERIFIERS = {
  full: { file: join(VERIFY, "verifier.wasm"), profile: "npm", flags: [], optimise: FOR_SIZE, budget: 180_000 },
  hmac: { file: join(VERIFY, "verifier-hmac.wasm"), profile: "npm-hmac", flags: ["--no-default-features"], optimise: FOR_SIZE, budget: 60_000 },
  server: { file: join(VERIFY, "verifier-server.wasm"), profile: "npm-server", flags: [], optimise: FOR_SPEED, budget: 245_000 },
  "hmac-server": { file: join(VERIFY, "verifier-hmac-server.wasm"), profile: "npm-server", flags: ["--no-default-features"], optimise: FOR_SPEED, budget: 84_000 },
};

/** Builds the Worker unless it is up to date, and holds it to its weight. */
export async function buildWorker() {
  const build = async (programs) => {
    // It looks for each helper in `{NAME}_BIN` before it would download one.
    const env = childEnv({
      WASM_BINDGEN_BIN: programs["wasm-bindgen"],
      WASM_OPT_BIN: join(NPM_BIN, "wasm-opt"),
      ESBUILD_BIN: join(NPM_BIN, "esbuild"),
      RUST_LIB_BACKTRACE: "0", // its own stack, below a compile error, would bury that error
    });
    // Elsewhere, and then moved as a whole: two builds at once, of a start and of a test, leave one of them.
    const aside = `${WORKER}-${process.pid}`;
    try {
      const forCargo = ["--", ...withoutPaths()];
      await mustRun(programs["worker-build"], ["--release", "--out-dir", relative(ROOT, aside), ...forCargo], { env, show: true });
      // It keeps the names of all functions, an eighth of the weight of each cold start.
      const module = join(aside, "index_bg.wasm");
      await mustRun("wasm-opt", ["--all-features", ...FOR_SIZE, "--strip-debug", "--strip-producers", module, "-o", module]);
      appendFileSync(join(aside, "index.js"), readFileSync(path("src/object/callable.js")));
      rmSync(WORKER, { recursive: true, force: true });
      renameSync(aside, WORKER);
    } finally {
      rmSync(aside, { recursive: true, force: true });
    }
  };
  const built = await unlessUpToDate("Worker", WORKER, ["index.js", "index_bg.wasm"], WORKER_INPUTS, build);
  const bytes = compressedSize(WORKER);
  const share = `${Math.ceil(bytes / 1000)} KB of ${WORKER_BUDGET / 1000} KB, gzip-compressed`;
  if (bytes > WORKER_BUDGET) throw new Failure(`the Worker is too heavy: ${share}`);
  console.log(`Worker: ${built ? "" : "up to date, "}${share}`);
}

/** Builds `crates/wasm` unless it is up to date, and holds each of its builds to its weight. */
export async function buildVerify({ quiet = false } = {}) {
  const build = async () => {
    // Not before the set-up, which brings the package that it stands on.
    const { slim } = await import("./slim.mjs");
    for (const { file, flags, profile, optimise } of Object.values(VERIFIERS)) {
      const cargo = ["build", "--profile", profile, "--target", WASM_TARGET, "-p", "hookgate-wasm", ...flags];
      await mustRun("cargo", [...cargo, ...withoutPaths()], { show: true });
      copyFileSync(join(await targetDirectory(), WASM_TARGET, profile, "hookgate_wasm.wasm"), file);
      slim(file);
      await mustRun("wasm-opt", [...WASM_OPT, ...optimise, file, "-o", file]);
    }
  };
  const files = Object.values(VERIFIERS).map(({ file }) => basename(file));
  const built = await unlessUpToDate("verifier", VERIFY, files, VERIFY_INPUTS, build);
  for (const [name, { file, budget }] of Object.entries(VERIFIERS)) {
    const bytes = gzipSync(readFileSync(file), { level: 9 }).length;
    const share = `${(bytes / 1000).toFixed(1)} KB of ${budget / 1000} KB, gzip-compressed`;
    if (bytes > budget) throw new Failure(`the verifier (${name}) is too heavy: ${share}`);
    if (!quiet) console.log(`verifier, ${name}: ${built ? "" : "up to date, "}${share}`);
  }
}

/**
 * Runs `build` if an input differs from what the stamp beside the output remembers.
 *
 * Contents count, not times: a checkout of another branch and back needs no build. Answers whether
 * it built.
 */
async function unlessUpToDate(name, output, products, inputs, build) {
  const stamp = join(output, "inputs.sha256");
  const digest = digestOf(inputs);
  const complete = products.every((product) => existsSync(join(output, product)));
  if (complete && existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return false;
  const started = performance.now();
  const programs = await buildPrograms();
  mkdirSync(output, { recursive: true });
  rmSync(stamp, { force: true });
  await build(programs);
  // The digest of before the build: an edit meanwhile makes the next run build again.
  writeFileSync(stamp, digest);
  console.log(`${name}: built in ${seconds(performance.now() - started).trim()}`);
  return true;
}

/** The cargo-installed programs by name; sets up what is missing, as after a bare `npm ci`. */
async function buildPrograms() {
  const find = async () => Promise.all(cargoTools().map(async (tool) => [tool.binary, await findTool(tool)]));
  const ready = existsSync(join(NPM_BIN, "wasm-opt")) && (await targetIsThere());
  let programs = await find();
  if (!ready || programs.some(([, program]) => !program)) {
    await setup();
    programs = await find();
  }
  return Object.fromEntries(programs);
}

async function targetIsThere() {
  const { code, output } = await run("rustup", ["target", "list", "--installed"]);
  return code === 0 && output.split("\n").includes(WASM_TARGET);
}

/** For cargo: no path of this machine in what is published, and the same bytes whoever builds them. */
function withoutPaths() {
  const home = process.env.CARGO_HOME ?? join(homedir(), ".cargo");
  const flags = [join(home, "registry", "src"), ROOT].map((directory) => `--remap-path-prefix=${directory}=`);
  return ["--config", `target.${WASM_TARGET}.rustflags = ${JSON.stringify(flags)}`];
}

async function targetDirectory() {
  const metadata = await mustRun("cargo", ["metadata", "--no-deps", "--format-version", "1"]);
  // Warnings may stand before the one line of JSON.
  return JSON.parse(metadata.slice(metadata.indexOf('{"packages"'))).target_directory;
}

function digestOf(inputs) {
  const hash = createHash("sha256");
  for (const file of inputs.flatMap((input) => filesBelow(input)).sort()) {
    hash.update(`${file}\0`).update(readFileSync(join(ROOT, file))).update("\0");
  }
  return hash.digest("hex");
}

function filesBelow(input) {
  const place = join(ROOT, input);
  if (!existsSync(place)) return [];
  const entries = readdirIfDirectory(place);
  if (!entries) return [input];
  return entries.flatMap((entry) => {
    if (entry.isDirectory()) return NOT_INPUTS.has(entry.name) ? [] : filesBelow(`${input}/${entry.name}`);
    return [`${input}/${entry.name}`];
  });
}

function readdirIfDirectory(place) {
  try {
    return readdirSync(place, { withFileTypes: true });
  } catch (error) {
    if (error.code === "ENOTDIR") return undefined;
    throw error;
  }
}

/** What `wrangler deploy` uploads: the JavaScript and the WebAssembly. */
function compressedSize(directory) {
  return ["index.js", "index_bg.wasm"]
    .map((file) => gzipSync(readFileSync(join(directory, file))).length)
    .reduce((sum, bytes) => sum + bytes, 0);
}

if (isMain(import.meta)) {
  const what = process.argv[2] ?? "worker";
  const builders = { worker: buildWorker, verify: buildVerify };
  await main(async () => {
    if (!Object.hasOwn(builders, what)) throw new Failure(`there is no '${what}' to build: ${Object.keys(builders).join(" or ")}`);
    await builders[what]();
  });
}
