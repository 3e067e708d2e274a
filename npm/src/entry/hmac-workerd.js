/** Cloudflare Workers, where a module is compiled at deployment and imported. */
import wasm from "../wasm/hookgate-hmac.wasm";

import { create } from "../create.js";
import { host } from "../host.js";
import { Module } from "../module.js";

export const { verify, Verifier, schemes, openMessage, WebhookVerificationError } = create(new Module(wasm, host()));
