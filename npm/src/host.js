/**
 * The host's own SHA-2, for bodies that are too large to be hashed best in WebAssembly.
 *
 * It hashes and decides nothing: the module says what stands around the body, and compares. So it has
 * to be synchronous, which the Web's own `crypto.subtle` is not.
 */

import { lengthOf } from "./bytes.js";

/**
 * @typedef {object} Host
 * @property {number} threshold from how many bytes on a body is better hashed here
 * @property {(hash: string, pad: Uint8Array, memory: Uint8Array, before: number, beforeLength: number, body: string | Uint8Array, after: number, afterLength: number) => string} inner
 * the hash of the key's block, of the text at `before`, of the body and of the text at `after`, a
 * character for each byte
 * @property {(memory: ArrayBuffer) => {write(text: string, at: number): number}} [buffer] writes texts as UTF-8
 * @property {(pad: Uint8Array) => void} [forget] wipes what is kept of a key's block
 */

/**
 * From how many bytes on the host takes less time than WebAssembly: with a hash of one call, and with an
 * object for each. Measured by `npm run bench -- verify --thresholds`: under Node 20 the one breaks even
 * at about 200, the other at 512. That one is for other runtimes, whose objects Node's say little of:
 * twice as much.
 */
const ONE_SHOT_FROM = 192;
const STREAMED_FROM = 1024;
/** Up to here a copy beside the key's block and one call cost less than an object and four calls, or than a copy of a hash that was begun with the block. */
const ONE_SHOT = 1 << 13;
/** The longest block of a key, and the most that stands around a body in practice. */
const AROUND = 128 + 1024;
/** SHA-256 of nothing, by which a host is known. */
const NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** @returns {Host | undefined} `undefined` where there is no synchronous hash */
export function host() {
  const crypto = builtin("node:crypto");
  if (typeof crypto?.createHash !== "function") return undefined;
  try {
    const oneShot = typeof crypto.hash === "function" && hex(crypto.hash("sha256", new Uint8Array(0), "latin1")) === NOTHING;
    if (hex(crypto.createHash("sha256").update("", "utf8").digest("latin1")) !== NOTHING) return undefined;
    const found = oneShot ? fastHost(crypto) : { threshold: STREAMED_FROM, inner: (...of) => streamed(crypto, ...of) };
    return { ...found, buffer: writesText() ? (memory) => Buffer.from(memory) : undefined };
  } catch {
    // A host that knows the names and not the rest of them.
    return undefined;
  }
}

/**
 * Whether `Buffer` writes a text in less time than a loop: Node's does, in a quarter of it. Others have
 * one, too, and a `navigator` that tells them apart; Node 20 has none.
 */
function writesText() {
  const agent = globalThis.navigator?.userAgent;
  if (typeof globalThis.Buffer !== "function" || (agent !== undefined && !`${agent}`.startsWith("Node.js"))) return false;
  const probe = Buffer.alloc(16);
  return probe.write("é\ud800x", 1) === 6 && probe.toString("hex", 0, 8) === "00c3a9efbfbd7800";
}

function fastHost(crypto) {
  const scratch = new Uint8Array(AROUND + ONE_SHOT);
  const encoder = new TextEncoder();
  let last;
  const inner = (hash, pad, memory, before, beforeLength, body, after, afterLength) => {
    const text = typeof body === "string";
    const most = text ? 3 * body.length : lengthOf(body);
    const around = pad.length + beforeLength + afterLength;
    if (most > ONE_SHOT || around > AROUND) return streamed(crypto, hash, pad, memory, before, beforeLength, body, after, afterLength);
    if (pad !== last) {
      scratch.set(pad);
      last = pad;
    }
    let at = pad.length;
    for (let index = 0; index < beforeLength; index += 1) scratch[at++] = memory[before + index];
    if (text) {
      at += encoder.encodeInto(body, scratch.subarray(at)).written;
    } else {
      scratch.set(body, at);
      at += most;
    }
    for (let index = 0; index < afterLength; index += 1) scratch[at++] = memory[after + index];
    return crypto.hash(hash, scratch.subarray(0, at), "latin1");
  };
  // The key's block of the last call stays as long as the key itself.
  const forget = (pad) => {
    if (pad === last) {
      scratch.fill(0, 0, pad.length);
      last = undefined;
    }
  };
  return { threshold: ONE_SHOT_FROM, inner, forget };
}

function streamed(crypto, hash, pad, memory, before, beforeLength, body, after, afterLength) {
  const digest = crypto.createHash(hash).update(pad);
  if (beforeLength > 0) digest.update(memory.subarray(before, before + beforeLength));
  if (typeof body === "string") digest.update(body, "utf8");
  else digest.update(body);
  if (afterLength > 0) digest.update(memory.subarray(after, after + afterLength));
  return digest.digest("latin1");
}

function builtin(name) {
  try {
    return globalThis.process?.getBuiltinModule?.(name);
  } catch {
    return undefined;
  }
}

function hex(bytes) {
  return Array.from(bytes, (byte) => byte.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}
