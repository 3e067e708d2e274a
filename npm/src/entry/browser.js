/** Browsers: the module is a file beside this one, compiled while it loads. Importing waits for it. */
import { create } from "../create.js";
import { fetched } from "../fetched.js";
import { Module } from "../module.js";

const wasm = await fetched(new URL("../wasm/hookgate.wasm", import.meta.url));

export const { verify, Verifier, sign, handshake, explain, schemes, openMessage, WebhookVerificationError } = create(new Module(wasm));
