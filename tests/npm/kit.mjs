/** The package as it is packed, in this process: with the host's hash forced on, forced off, or as it is. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { PACKAGE } from "../../tools/npm.mjs";
import { path } from "../../tools/project.mjs";

export const SECRET = "whsec_Zmlyc3Qtc2VjcmV0LW9mLXRoZS1lbmRwb2lu";
export const NOW = 1_773_738_000;

const source = (file) => import(pathToFileURL(join(PACKAGE, "src", file)).href);
const [{ create }, { Module }, { host }] = await Promise.all([source("create.js"), source("module.js"), source("host.js")]);

export const hookgate = await source("entry/inline.js");
export const hmac = await source("entry/hmac-inline.js");
export { host };

/**
 * @param {"hookgate" | "hookgate-hmac"} name
 * @param {{threshold?: number, inner?: Function}} [changes] of the host; without them there is none
 */
export function loaded(name, changes) {
  const module = new Module(new WebAssembly.Module(readFileSync(join(PACKAGE, "src", "wasm", `${name}.wasm`))), changes && { ...host(), ...changes });
  return { module, ...create(module) };
}

export const vectors = (name) => readFileSync(path("crates", "verify", "tests", `${name}.jsonl`), "utf8");
