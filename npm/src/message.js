/** The queue message of a Hookgate gateway, opened by the consumer that it was sent to. */

import { object } from "./inputs.js";

/** The version of the message that this package reads. */
const VERSION = 1;

/** @see ../types/index.d.ts */
export async function openMessage(message, options = {}) {
  const { payloads } = object("`options`", options);
  if (typeof message !== "object" || message === null) throw new TypeError("`message` must be the body of a queue message, an object");
  if (message.version !== VERSION) throw new TypeError(`\`message\` has the version ${message.version}, and this package reads version ${VERSION}: update \`hookgate\``);
  return { ...message, bytes: await bytes(message, payloads) };
}

async function bytes({ body, bodyBase64, bodyR2Key }, payloads) {
  if (typeof body === "string") return new TextEncoder().encode(body);
  if (typeof bodyBase64 === "string") return decoded(bodyBase64);
  if (typeof bodyR2Key !== "string") throw new TypeError("`message` has no body");
  if (typeof payloads?.get !== "function") throw new TypeError("`message` has its body in R2: pass the binding, as in `openMessage(message, { payloads: env.PAYLOADS })`");
  const stored = await payloads.get(bodyR2Key);
  if (!stored) throw new Error(`R2 has no body under \`${bodyR2Key}\`: is \`payloads\` the gateway's own bucket, and is the message younger than its bodies' life?`);
  return new Uint8Array(await stored.arrayBuffer());
}

function decoded(base64) {
  let text;
  try {
    text = atob(base64);
  } catch (cause) {
    throw new TypeError("`message` has a `bodyBase64` that is no base64", { cause });
  }
  return Uint8Array.from(text, (byte) => byte.charCodeAt(0));
}
