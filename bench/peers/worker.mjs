/**
 * The other side of `npm run bench -- ingest`: a Worker that receives Stripe's webhooks as a careful author
 * would write one by hand. It verifies the bytes, asks KV whether the event came before, sends it to
 * the queue, remembers it in KV, and answers: each awaited, because an event that is acknowledged must be
 * safe, and a marker before the send would make the provider's retry a duplicate.
 *
 * KV knows nothing of a second copy that comes at the same time; so its promise is that of Hookgate's
 * `dedup.store` = `kv`. One secret, one provider, no refusals' log, no retries of what the queue loses.
 */
const TOLERANCE_SECS = 300;
const TTL_SECS = 3 * 86_400;
const LARGEST_BODY = 1024 * 1024;

const encoder = new TextEncoder();
let imported;

export default {
  async fetch(request, env) {
    if (request.method !== "POST") return new Response(null, { status: 405, headers: { allow: "POST" } });
    if (Number(request.headers.get("content-length")) > LARGEST_BODY) return refuse(413, "body_too_large");
    const body = new Uint8Array(await request.arrayBuffer());
    if (!(await isGenuine(request.headers.get("stripe-signature"), body, env.SECRET))) return refuse(401, "signature_mismatch");

    const text = new TextDecoder().decode(body);
    const { id: eventId, type: eventType } = JSON.parse(text);
    const before = await env.DEDUP.get(eventId);
    if (before !== null) return Response.json({ status: "duplicate", id: before });

    const id = `msg_${crypto.randomUUID()}`;
    await env.EVENTS.send({ id, eventId, eventType, receivedAt: Date.now(), headers: [...request.headers], body: text });
    await env.DEDUP.put(eventId, id, { expirationTtl: TTL_SECS });
    return Response.json({ status: "accepted", id });
  },
};

async function isGenuine(header, body, secret) {
  const fields = (header ?? "").split(",").map((field) => field.split("="));
  const timestamp = fields.find(([name]) => name === "t")?.[1];
  const signature = fields.find(([name]) => name === "v1")?.[1];
  if (!timestamp || !/^[0-9a-f]{64}$/.test(signature ?? "")) return false;
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > TOLERANCE_SECS) return false;
  const prefix = encoder.encode(`${timestamp}.`);
  const signed = new Uint8Array(prefix.length + body.length);
  signed.set(prefix);
  signed.set(body, prefix.length);
  // Once for each isolate.
  imported ??= crypto.subtle.importKey("raw", encoder.encode(secret), { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
  const tag = Uint8Array.from(signature.match(/../g), (digits) => parseInt(digits, 16));
  return crypto.subtle.verify("HMAC", await imported, tag, signed);
}

function refuse(status, code) {
  return Response.json({ code }, { status });
}
