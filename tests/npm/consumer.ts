/** What a strict TypeScript project may write, and what it may not: compiled, never run. */
import { verify, Verifier, sign, explain, schemes, handshake, openMessage, WebhookVerificationError, type VerifiedEvent, type QueueMessage } from "hookgate";
import * as hmac from "hookgate/hmac";
import type { IncomingHttpHeaders } from "node:http";
declare const h: IncomingHttpHeaders;
const e: VerifiedEvent = verify({ scheme: "stripe", secret: ["a"], headers: h, body: Buffer.from("") });
const id: string | undefined = e.id;
verify({ scheme: "x", secret: "a", headers: new Headers(), body: "" });
verify({ scheme: "x", secret: "a", headers: [["a", "b"]], body: new ArrayBuffer(1) });
verify({ scheme: { name: "a", algorithm: { hmac: "sha256" }, signature: { header: "a" }, encoding: "hex", message: ["body"] }, secret: "a", headers: new Map([["a","b"]]), body: new DataView(new ArrayBuffer(1)) });
// @ts-expect-error a parsed body
verify({ scheme: "x", secret: "a", headers: {}, body: { a: 1 } });
// @ts-expect-error no secret
verify({ scheme: "x", headers: {}, body: "" });
// @ts-expect-error not writable
e.id = "x";
try { hmac.verify({ scheme: "x", secret: "a", headers: {}, body: "" }) } catch (error) {
  if (error instanceof WebhookVerificationError) {
    if (error.is("timestamp_too_old")) { const n: number = error.data.tolerance; }
    if (error.is("needs_certificate")) { const u: string = error.data.url; new Verifier({ scheme: "paypal", secret: "" }).addCertificate(u, ""); }
    const code: "signature_mismatch" | string = error.code;
    // @ts-expect-error no such code
    error.is("none");
  }
}
declare const m: QueueMessage;
const b: Promise<Uint8Array> = openMessage(m).then((o) => o.bytes);
if ("bodyR2Key" in m) { const k: string = m.bodyR2Key; }
const r = handshake({ scheme: "meta", secret: "a", headers: {}, method: "GET", url: "" });
if (r?.kind === "get") { const t: string = r.topic; }
const s: Uint8Array = sign({ scheme: "x", secret: "a", id: "a", body: "" }).body;
const x: string = explain({ scheme: "x", secret: "a", headers: {}, body: "" }).causes[0]!.remedy; schemes()[0]!.name;
