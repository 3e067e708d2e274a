/** What a strict project may write with each export of `hookgate`, and what it may not: compiled, never run. */
import * as everything from "hookgate";
import {
  explain, handshake, openMessage, schemes, sign, verify, Verifier, WebhookVerificationError,
  type Body, type Bytes, type CustomScheme, type ErrorCode, type ErrorData, type EventInBody, type EventToSign, type Explanation,
  type HandshakeRequest, type HeadersLike, type OpenedMessage, type Payloads, type QueueMessage, type QueueMessageBody, type Reply,
  type RequestToVerify, type Scheme, type SchemeInformation, type SchemeName, type SchemeOptions, type Setup, type SignedRequest,
  type Stage, type VerifiedEvent,
} from "hookgate";

/** `any` is equal to itself alone. */
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <T extends true>(_?: T): void => undefined;

is<Equal<keyof typeof everything, "explain" | "handshake" | "openMessage" | "schemes" | "sign" | "verify" | "Verifier" | "WebhookVerificationError">>();

const setup: Setup = { scheme: "stripe", secret: "a" };
const request: RequestToVerify = { headers: {}, body: "" };
const maybe: string | undefined = (Math.random() > 2 ? "" : undefined) as string | undefined;

// verify

is<Equal<ReturnType<typeof verify>, VerifiedEvent>>();
const event = verify({ scheme: "stripe", secret: ["a", "b"] as const, headers: new Headers(), body: "", now: 1, toleranceSecs: 5, url: "", method: "POST" });
is<Equal<typeof event.id, string | undefined>>();
is<Equal<typeof event.type, string | undefined>>();
is<Equal<typeof event.timestamp, number | undefined>>();
is<Equal<typeof event.keyIndex, number>>();
is<Equal<typeof event.replayProtected, boolean>>();
is<Equal<typeof event.idSigned, boolean>>();
is<Equal<typeof event.events, readonly EventInBody[]>>();
is<Equal<ReturnType<typeof event.toJSON>["scheme"], string>>();
verify({ ...setup, headers: [["a", "b"]], body: new ArrayBuffer(1) });
verify({ ...setup, headers: new Map([["a", "b"]]), body: new DataView(new ArrayBuffer(1)) });
verify({ ...setup, headers: { a: "b", c: ["d", "e"], f: undefined }, body: new Uint8Array(1) });
// What is not known may be passed on as it is.
verify({ ...setup, ...request, url: maybe, method: maybe, now: undefined, toleranceSecs: undefined, options: undefined, verifyToken: maybe });
verify({ ...request, secret: "a", scheme: "one of a later version" });
verify({ ...request, secret: "a", scheme: { name: "a", algorithm: { hmac: "sha256" }, signature: { header: "a" }, encoding: "hex", message: ["timestamp", { literal: "." }, "body"], timestamp: { place: { header: "b" } } } });
verify({ ...request, secret: "a", scheme: "hmac", options: { header: "X-A", algorithm: "sha256", encoding: "hex", prefix: "sha256=" } });
// @ts-expect-error a parsed body
verify({ ...setup, headers: {}, body: { a: 1 } });
// @ts-expect-error no body
verify({ ...setup, headers: {} });
// @ts-expect-error no headers
verify({ ...setup, body: "" });
// @ts-expect-error no secret
verify({ scheme: "x", headers: {}, body: "" });
// @ts-expect-error no scheme
verify({ secret: "x", headers: {}, body: "" });
// @ts-expect-error a secret that may be missing
verify({ ...request, scheme: "x", secret: maybe });
// @ts-expect-error bytes as a secret
verify({ ...request, scheme: "x", secret: new Uint8Array(1) });
// @ts-expect-error a header that is a number
verify({ ...setup, headers: { a: 1 }, body: "" });
// @ts-expect-error a date
verify({ ...setup, ...request, now: new Date() });
// @ts-expect-error no such option
verify({ ...request, scheme: "hmac", secret: "a", options: { heeder: "X-A" } });
// @ts-expect-error a described scheme without its algorithm
verify({ ...request, secret: "a", scheme: { name: "a", signature: { header: "a" }, encoding: "hex" } });
// @ts-expect-error positional, as others have it
verify("body", {}, "secret");
// @ts-expect-error not writable
event.id = "x";
// @ts-expect-error no such field
event.data;

// Verifier

const verifier = new Verifier(setup);
is<Equal<typeof verifier.scheme, string>>();
is<Equal<ReturnType<typeof verifier.verify>, VerifiedEvent>>();
is<Equal<ReturnType<typeof verifier.sign>, SignedRequest>>();
is<Equal<ReturnType<typeof verifier.handshake>, Reply | undefined>>();
is<Equal<ReturnType<typeof verifier.addCertificate>, void>>();
verifier.verify({ ...request, now: 5 });
verifier.sign({ id: "a", body: "" });
verifier.handshake({ headers: {}, method: "GET", url: "" });
verifier.addCertificate("https://example.com/a", "-----BEGIN", { now: 5 });
// @ts-expect-error `new` is needed
Verifier(setup);
// @ts-expect-error the scheme alone
new Verifier("stripe");
// @ts-expect-error not writable
verifier.scheme = "x";
// @ts-expect-error no secret here
verifier.verify({ ...request, secret: "a" });
// @ts-expect-error bytes of a certificate
verifier.addCertificate("https://example.com/a", new Uint8Array(1));

// sign

const signed = sign({ ...setup, id: "a", body: "", type: maybe, url: maybe, contentType: maybe, method: maybe, now: undefined });
is<Equal<typeof signed.url, string>>();
is<Equal<typeof signed.headers, Record<string, string>>>();
is<Equal<typeof signed.body, Bytes>>();
const sent: Promise<unknown> = fetch(signed.url, { method: "POST", headers: signed.headers, body: signed.body });
// @ts-expect-error no id
sign({ ...setup, body: "" });
// @ts-expect-error no body
sign({ ...setup, id: "a" });
// @ts-expect-error a parsed body
sign({ ...setup, id: "a", body: { a: 1 } });

// handshake

const reply = handshake({ ...setup, headers: {}, method: "GET", url: "", body: undefined });
if (reply?.kind === "answer") new Response(reply.body, { status: reply.status, headers: reply.headers });
if (reply?.kind === "get") is<Equal<typeof reply, { kind: "get"; url: string; topic: string; undoesUnsubscription: boolean }>>();
// @ts-expect-error no method
handshake({ ...setup, headers: {}, url: "" });
// @ts-expect-error no URL
handshake({ ...setup, headers: {}, method: "GET" });
// @ts-expect-error only after a look at `kind`
reply?.status;

// explain

const found = explain({ ...setup, ...request });
is<Equal<typeof found, Explanation>>();
is<Equal<typeof found.refusal, ErrorCode | undefined>>();
is<Equal<(typeof found.causes)[number]["certain"], boolean>>();
const verdict: "passed" | "failed" | "not_reached" = found.checks[0]!.verdict;
// @ts-expect-error no body
explain({ ...setup, headers: {} });

// schemes

is<Equal<ReturnType<typeof schemes>, SchemeInformation[]>>();
is<Equal<Parameters<typeof schemes>, []>>();
// @ts-expect-error takes nothing
schemes("stripe");

// openMessage

declare const message: QueueMessage;
const opened: Promise<OpenedMessage> = openMessage(message, { payloads: { get: async () => new Response("") } });
openMessage(message, { payloads: undefined }).then(({ bytes, eventType }) => is<Equal<[typeof bytes, typeof eventType], [Bytes, string | undefined]>>());
is<Equal<typeof message.inbox, string | undefined>>();
if ("bodyR2Key" in message) is<Equal<typeof message.bodyR2Key, string>>();
// @ts-expect-error where the body stands is to be looked at first
message.body;
// @ts-expect-error text of a message
openMessage("{}");
// @ts-expect-error no bucket
openMessage(message, { payloads: {} });

// WebhookVerificationError

declare const error: unknown;
if (error instanceof WebhookVerificationError) {
  is<Equal<typeof error.code, ErrorCode>>();
  is<Equal<typeof error.stage, Stage>>();
  is<Equal<typeof error.status, 400 | 401 | 500 | 503>>();
  is<Equal<typeof error.url, string | undefined>>();
  const plain: Error = error;
  if (error.is("timestamp_too_old")) is<Equal<(typeof error)["data"]["tolerance"], number>>();
  if (error.is("needs_certificate")) is<Equal<(typeof error)["data"]["url"], string>>();
  // @ts-expect-error no such code
  error.is("none");
  // @ts-expect-error not writable
  error.code = "no_secret";
}
// @ts-expect-error made by the verifier alone
new WebhookVerificationError("no_secret");

// What is only a type has a name, too.
export type Named = [Body, CustomScheme, ErrorData, EventToSign, HandshakeRequest, HeadersLike, Payloads, QueueMessageBody, Scheme, SchemeName, SchemeOptions];
export { opened, sent, verdict };
