/** Vercel's edge runtime and Next's, which import a module by this name. */
import wasm from "../wasm/hookgate-hmac.wasm?module";

import { create } from "../create.js";
import { host } from "../host.js";
import { Module } from "../module.js";

export const { verify, Verifier, schemes, openMessage, WebhookVerificationError } = create(new Module(wasm, host()));
