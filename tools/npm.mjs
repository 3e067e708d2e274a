/**
 * Builds the npm package: `npm run build:npm` writes dist/npm/hookgate-<version>.tgz.
 *
 * The package is npm/ as it stands, its types a second time for `require`, and the module of
 * WebAssembly: for pages and the edge as a file that was compiled for size, for servers in JavaScript
 * and compiled for speed. dist/npm/package is what the archive holds.
 */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { buildVerify, VERIFIERS } from "./build.mjs";
import { Failure, isMain, main, mustRun } from "./process.mjs";
import { path } from "./project.mjs";

const OUTPUT = path("dist", "npm");
/** What the archive holds, and what the tests import. */
export const PACKAGE = join(OUTPUT, "package");
/** Files for pages and the edge, which load them. */
const FILES = { full: "hookgate.wasm", hmac: "hookgate-hmac.wasm" };
/** JavaScript for servers. */
const INLINE = { server: "hookgate.js", "hmac-server": "hookgate-hmac.js" };

/** @returns {Promise<string>} the archive */
export async function buildNpm({ quiet = false } = {}) {
  await buildVerify({ quiet });
  const { version } = JSON.parse(readFileSync(path("npm", "package.json"), "utf8"));
  const crates = /\[workspace\.package\]\nversion = "([^"]+)"/.exec(readFileSync(path("Cargo.toml"), "utf8"))?.[1];
  if (version !== crates) throw new Failure(`npm/package.json says ${version}, and Cargo.toml ${crates}: one release has one version`);

  rmSync(OUTPUT, { recursive: true, force: true });
  cpSync(path("npm"), PACKAGE, { recursive: true });
  for (const licence of ["LICENSE-MIT", "LICENSE-APACHE"]) cpSync(path(licence), join(PACKAGE, licence));
  for (const name of ["index", "hmac"]) typesForRequire(join(PACKAGE, "types", name));
  const modules = join(PACKAGE, "src", "wasm");
  mkdirSync(modules);
  for (const [build, name] of Object.entries(FILES)) cpSync(VERIFIERS[build].file, join(modules, name));
  for (const [build, name] of Object.entries(INLINE)) writeFileSync(join(modules, name), inline(readFileSync(VERIFIERS[build].file)));
  // Warnings may stand around the JSON.
  const said = await mustRun("npm", ["pack", "--json", "--loglevel=error", "--pack-destination", OUTPUT], { cwd: PACKAGE });
  const packed = Object.values(JSON.parse(said.slice(said.search(/^[[{]/m), said.search(/^[\]}]$/m) + 1)))[0];
  if (!quiet) console.log(`dist/npm/${packed.filename}: ${(packed.size / 1000).toFixed(0)} KB, ${packed.files.length} files`);
  return join(OUTPUT, packed.filename);
}

/** The same types once more: those of `require` must say by their name that they are. */
function typesForRequire(file) {
  writeFileSync(`${file}.d.cts`, readFileSync(`${file}.d.ts`, "utf8").replaceAll('"./index.js"', '"./index.cjs"'));
}

/** `atob` is in every runtime; where there is a `Buffer`, that decodes ten times as fast. */
function inline(wasm) {
  return `/** Written by tools/npm.mjs: the module in base64. */
export function bytes() {
  if (typeof Buffer === "function") return Buffer.from(BASE64, "base64");
  const text = atob(BASE64);
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index += 1) bytes[index] = text.charCodeAt(index);
  return bytes;
}

const BASE64 =
  "${wasm.toString("base64")}";
`;
}

if (isMain(import.meta)) await main(buildNpm);
