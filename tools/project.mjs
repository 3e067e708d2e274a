/**
 * Where things are and which versions count: the one place that the other tools ask.
 *
 * Versions are read from the lock files, never written down a second time: raising `worker` or
 * `wasm-bindgen` in Cargo.toml raises the tools with it.
 *
 * Not for running anything (process.mjs) or for installing anything (setup.mjs).
 */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("..", import.meta.url)).replace(/[/\\]$/, "");
export const WASM_TARGET = "wasm32-unknown-unknown";
export const NPM_BIN = join(ROOT, "node_modules", ".bin");

/** A path inside the project, as the machine spells it. */
export const path = (...parts) => join(ROOT, ...parts);

/** Programs that cargo installs, each in a directory of its own version, shared by all clones. */
export const TOOL_CACHE = resolve(
  process.env.HOOKGATE_TOOLS || join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "hookgate", "tools"),
);

/** The two programs that turn a crate into a Worker. `worker-build` is released with `worker`. */
export function cargoTools() {
  return [
    { crate: "worker-build", binary: "worker-build", version: lockedCrateVersion("worker") },
    { crate: "wasm-bindgen-cli", binary: "wasm-bindgen", version: lockedCrateVersion("wasm-bindgen") },
  ];
}

/** What checks licences and sources: CI installs it, on other machines it may be missing. */
export const CARGO_DENY = { crate: "cargo-deny", binary: "cargo-deny", version: "0.20.2" };

/** What `rust-toolchain.toml` asks for. */
export function rustToolchain() {
  const text = readFileSync(path("rust-toolchain.toml"), "utf8");
  const channel = /^channel\s*=\s*"([^"]+)"/m.exec(text)?.[1];
  if (!channel) throw new Error('rust-toolchain.toml names no channel, e.g. channel = "1.95.0"');
  const components = /^components\s*=\s*\[([^\]]*)\]/m.exec(text)?.[1] ?? "";
  return { channel, components: [...components.matchAll(/"([^"]+)"/g)].map((match) => match[1]) };
}

/**
 * The environment of every program that the tools start.
 *
 * npm's programs come first, so that wrangler meets the Node of package.json (it wants a newer one
 * than the machine may have); cargo's come last, for a shell that rustup has not reached yet.
 */
export function childEnv(extra = {}) {
  const cargoBin = join(process.env.CARGO_HOME ?? join(homedir(), ".cargo"), "bin");
  return {
    ...process.env,
    PATH: [NPM_BIN, process.env.PATH, cargoBin].join(delimiter),
    ...extra,
  };
}

function lockedCrateVersion(name) {
  const lock = readFileSync(path("Cargo.lock"), "utf8");
  const version = new RegExp(`^name = "${name}"\\nversion = "([^"]+)"`, "m").exec(lock)?.[1];
  if (!version) throw new Error(`Cargo.lock has no crate '${name}': run 'cargo generate-lockfile'`);
  return version;
}
