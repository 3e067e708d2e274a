/** Node, Deno, Bun, and whatever has no entry of its own: the module stands in the JavaScript, so that no file has to be found or may be read. */
import { create } from "../create.js";
import { host } from "../host.js";
import { Module } from "../module.js";
import { bytes } from "../wasm/hookgate.js";

export const { verify, Verifier, sign, handshake, explain, schemes, openMessage, WebhookVerificationError } = create(new Module(new WebAssembly.Module(bytes()), host()));
