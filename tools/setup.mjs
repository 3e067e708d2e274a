/**
 * Makes a clone ready to build: Rust's wasm target, npm packages, worker-build, wasm-bindgen.
 *
 * Each step first looks whether there is anything to do, so that running it again costs a moment.
 * It needs rustup and Node alone, and uses nothing but Node's own modules: at the first start there
 * is nothing else. Not for building (build.mjs), nor for secrets (keys.mjs).
 *
 *   node tools/setup.mjs
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { cargoTools, childEnv, NPM_BIN, path, rustToolchain, TOOL_CACHE, WASM_TARGET } from "./project.mjs";
import { Failure, isMain, main, mustRun, run, step } from "./process.mjs";

const OLDEST_NODE = 20;

/** Does what is missing, one printed line for each step. */
export async function setup() {
  console.log("set-up");
  const major = Number(process.versions.node.split(".")[0]);
  if (major < OLDEST_NODE) {
    throw new Failure(`Node ${process.versions.node} is too old: Hookgate needs Node ${OLDEST_NODE} or later, from https://nodejs.org`);
  }
  await step("C compiler", findCompiler);
  await step("Rust toolchain", installToolchain);
  await step("wasm target", addWasmTarget);
  await step("npm packages", installPackages);
  for (const tool of cargoTools()) await step(tool.crate, () => installTool(tool));
}

/** Where a tool of exactly the right version is, or `undefined`: the cache first, then the PATH. */
export async function findTool({ crate, binary, version }) {
  for (const program of [join(toolRoot(crate, version), "bin", binary), binary]) {
    const { code, output } = await run(program, ["--version"]);
    if (code === 0 && output.trim().split(/\s+/).includes(version)) return program;
  }
  return undefined;
}

/** Rust links with it, and the native tests compile SQLite. */
async function findCompiler() {
  const { code } = await run("cc", ["--version"]);
  if (code === 0 || process.platform === "win32") return "present";
  throw new Failure(
    "there is no C compiler (`cc`), which Rust needs to link. One of these installs it:\n\n" +
      "  sudo apt-get install build-essential\n  xcode-select --install",
  );
}

async function installToolchain() {
  const { channel, components } = rustToolchain();
  const { code, output } = await run("rustup", ["toolchain", "list"]);
  if (code === 127) {
    throw new Failure(
      "rustup is missing. This line installs it, then open a new shell:\n\n" +
        "  curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh",
    );
  }
  if (output.split("\n").some((line) => line === channel || line.startsWith(`${channel}-`))) {
    return `${channel}, present`;
  }
  const wanted = components.flatMap((component) => ["--component", component]);
  await mustRun("rustup", ["toolchain", "install", channel, "--profile", "minimal", ...wanted], { show: true });
  return `${channel}, installed`;
}

async function addWasmTarget() {
  const installed = await mustRun("rustup", ["target", "list", "--installed"]);
  if (installed.split("\n").includes(WASM_TARGET)) return "present";
  await mustRun("rustup", ["target", "add", WASM_TARGET], { show: true });
  return "added";
}

async function installPackages() {
  const reason = packagesDiffer();
  if (!reason) return "present, as package-lock.json says";
  // The machine's Node installs; the one that wrangler needs is among the packages.
  // So npm's warning about the machine's Node would only frighten.
  await mustRun("npm", ["ci", "--loglevel=error", "--no-audit", "--no-fund"], { env: process.env });
  if (packagesDiffer()) throw new Failure(`npm ci left node_modules incomplete: ${packagesDiffer()}`);
  return `installed (${reason})`;
}

/**
 * Says why node_modules is not what the lock file asks for; `undefined` when it is.
 *
 * npm records what it installed in a hidden lock file. A package for another platform is missing
 * there by right. A stamp of our own would not know of an `npm ci` by hand, and would then replace
 * node_modules under a running wrangler.
 */
function packagesDiffer() {
  const record = path("node_modules", ".package-lock.json");
  if (!existsSync(record)) return "no node_modules yet";
  const wanted = JSON.parse(readFileSync(path("package-lock.json"), "utf8")).packages;
  const present = JSON.parse(readFileSync(record, "utf8")).packages;
  for (const [place, { version, optional }] of Object.entries(wanted)) {
    if (place === "" || (optional && !present[place])) continue;
    if (present[place]?.version !== version) return `${place.replace(/^node_modules\//, "")} ${version} is not there`;
  }
  for (const program of ["node", "wrangler", "wasm-opt", "esbuild"]) {
    if (!existsSync(join(NPM_BIN, program))) return `program ${program} is not there`;
  }
  return undefined;
}

/** Installs a program of cargo's unless it is there; answers in words what was done. */
export async function installTool(tool) {
  const found = await findTool(tool);
  if (found) return `${tool.version}, ${found === tool.binary ? "on the PATH" : "in the cache"}`;
  console.log(`  ${tool.crate} ${tool.version} is compiled once, for all clones: some minutes`);
  // Unoptimised compiles in half the time, and the tool's own work is short.
  const args = ["install", "--locked", "--debug", "--root", toolRoot(tool.crate, tool.version)];
  // A target directory or a target of the project's is not meant for its tools.
  const env = childEnv({ CARGO_TARGET_DIR: undefined, CARGO_BUILD_TARGET: undefined });
  await mustRun("cargo", [...args, `${tool.crate}@${tool.version}`], { env });
  if (!(await findTool(tool))) throw new Failure(`${tool.crate} ${tool.version} is installed but does not run`);
  return `${tool.version}, installed`;
}

const toolRoot = (crate, version) => join(TOOL_CACHE, `${crate}-${version}`);

if (isMain(import.meta)) await main(setup);
