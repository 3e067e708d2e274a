/** The verifier's own Rust, for the tools: `crates/wasm` as `npm run build -- verify` left it. */
import { readFileSync } from "node:fs";

import { create } from "../npm/src/create.js";
import { Module } from "../npm/src/module.js";
import { VERIFIERS } from "./build.mjs";

/** @param {keyof typeof VERIFIERS} [name] */
export function loadModule(name = "full", host = undefined) {
  return new Module(new WebAssembly.Module(readFileSync(VERIFIERS[name].file)), host);
}

/** The functions of the npm package. */
export function loadVerifier(name = "full", host = undefined) {
  return create(loadModule(name, host));
}
