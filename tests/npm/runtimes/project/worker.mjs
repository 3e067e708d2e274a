/** workerd: bundled by wrangler, as every Worker is. */
import * as hookgate from "hookgate";
import * as hmac from "hookgate/hmac";

import { judge } from "./judge.mjs";
import { create } from "./node_modules/hookgate/src/create.js";
import { host } from "./node_modules/hookgate/src/host.js";
import { Module } from "./node_modules/hookgate/src/module.js";
import small from "./node_modules/hookgate/src/wasm/hookgate-hmac.wasm";
import full from "./node_modules/hookgate/src/wasm/hookgate.wasm";

const modules = { hookgate: full, "hookgate/hmac": small };

export default {
  fetch: () => Response.json(judge({ hookgate, hmac, modules, create, Module, host })),
};
