/** The edge runtime of Vercel and Next: bundled as they do, a module by its name with `?module`. */
import * as hookgate from "hookgate";
import * as hmac from "hookgate/hmac";

import { judge } from "./judge.mjs";
import { create } from "./node_modules/hookgate/src/create.js";
import { host } from "./node_modules/hookgate/src/host.js";
import { Module } from "./node_modules/hookgate/src/module.js";
import small from "./node_modules/hookgate/src/wasm/hookgate-hmac.wasm?module";
import full from "./node_modules/hookgate/src/wasm/hookgate.wasm?module";

const modules = { hookgate: full, "hookgate/hmac": small };

addEventListener("fetch", (event) => event.respondWith(Response.json(judge({ hookgate, hmac, modules, create, Module, host }))));
