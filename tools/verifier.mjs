/** The verifier's own Rust, for the tools: `crates/wasm` as `npm run build -- verify` left it. */
import { readFileSync } from "node:fs";

import { Module } from "../crates/wasm/js/module.mjs";
import { VERIFIERS } from "./build.mjs";

/** @param {keyof typeof VERIFIERS} [name] */
export function loadVerifier(name = "full") {
  return new Module(new WebAssembly.Module(readFileSync(VERIFIERS[name].file)));
}
