/** Node, Deno and Bun: the result goes to standard output, with the file that the package's name led to. */
import * as hookgate from "hookgate";
import * as hmac from "hookgate/hmac";

import { judge } from "./judge.mjs";
import { create } from "./node_modules/hookgate/src/create.js";
import { host } from "./node_modules/hookgate/src/host.js";
import { Module } from "./node_modules/hookgate/src/module.js";
import { bytes as smallBytes } from "./node_modules/hookgate/src/wasm/hookgate-hmac.js";
import { bytes } from "./node_modules/hookgate/src/wasm/hookgate.js";

const modules = { hookgate: new WebAssembly.Module(bytes()), "hookgate/hmac": new WebAssembly.Module(smallBytes()) };
const entries = [import.meta.resolve("hookgate"), import.meta.resolve("hookgate/hmac")];
console.log(JSON.stringify({ entries, ...judge({ hookgate, hmac, modules, create, Module, host }) }));
