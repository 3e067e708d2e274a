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
  async fetch(request, env) {
    if (new URL(request.url).pathname !== "/message") return Response.json(judge({ hookgate, hmac, modules, create, Module, host }));
    // A queue message whose body the gateway has put into R2.
    await env.PAYLOADS.put("src_1/msg_1", new Uint8Array([0xff, 0x00, 0x0d]));
    const { bytes } = await hmac.openMessage({ version: 1, bodyR2Key: "src_1/msg_1" }, { payloads: env.PAYLOADS });
    return new Response([...bytes].join());
  },
};
