/** A page: unbundled, with the package's names in an import map, as package.json has them for browsers. */
import * as hookgate from "hookgate";
import * as hmac from "hookgate/hmac";

import { judge } from "./judge.mjs";
import { create } from "./node_modules/hookgate/src/create.js";
import { host } from "./node_modules/hookgate/src/host.js";
import { Module } from "./node_modules/hookgate/src/module.js";

const compiled = (name) => WebAssembly.compileStreaming(fetch(`./node_modules/hookgate/src/wasm/${name}.wasm`));
const modules = { hookgate: await compiled("hookgate"), "hookgate/hmac": await compiled("hookgate-hmac") };
const entries = [import.meta.resolve("hookgate"), import.meta.resolve("hookgate/hmac")];
await fetch("./result", { method: "POST", body: JSON.stringify({ entries, ...judge({ hookgate, hmac, modules, create, Module, host }) }) });
