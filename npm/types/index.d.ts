/**
 * Verifies the signatures of webhooks, in every JavaScript runtime with the same verdict: the `hookgate`
 * crate of Rust, compiled to WebAssembly.
 *
 * @module
 */

/** The name of a built-in scheme, as in `"stripe"` ({@link schemes} lists them), or a scheme of one's own. */
export type Scheme = SchemeName | (string & {}) | CustomScheme;

/** The built-in schemes; `hookgate/hmac` lacks those with public keys. */
export type SchemeName =
  | "adyen" | "adyen-banking" | "atlassian" | "auth0" | "aws-sns" | "basic" | "bird" | "box" | "calendly"
  | "clerk" | "coinbase-cdp" | "coinbase-commerce" | "discord" | "docusign" | "dropbox" | "github" | "gitlab"
  | "gupshup" | "helpdesk" | "hmac" | "hubspot" | "hubspot-v1" | "hubspot-v2" | "intercom" | "line" | "linear"
  | "mailersend" | "mailgun" | "messagebird" | "messagebird-legacy" | "meta" | "okta" | "paddle" | "paypal"
  | "plivo" | "plivo-v1" | "plivo-v2" | "postmark" | "razorpay" | "resend" | "sendgrid" | "sendgrid-inbound"
  | "shopify" | "slack" | "square" | "standard" | "stripe" | "svix" | "telegram" | "token" | "twilio" | "twitch"
  | "typeform" | "vexylcloud" | "vicket" | "visibuild" | "visiwise" | "vonage" | "vonage-legacy" | "wise"
  | "woocommerce" | "x" | "xero" | "zendesk" | "zoom";

/**
 * A scheme that is described as data, in the form of the project's `docs/custom-schemes.md` and its JSON
 * Schema `docs/scheme.schema.json`. What is wrong in it is an `invalid_scheme` error that names the place.
 */
export interface CustomScheme {
  /** The name that verified events have. */
  name: string;
  /** As in `{ hmac: "sha256" }`. */
  algorithm: "token" | Readonly<Record<string, unknown>>;
  /** Where the signature stands, as in `{ header: "X-Signature" }`. */
  signature: string | Readonly<Record<string, unknown>>;
  /** How it is written. */
  encoding: "hex" | "upper-hex" | "base64" | "text";
  /** What is signed, part by part, as in `["timestamp", { literal: "." }, "body"]`. */
  message?: readonly (string | Readonly<Record<string, unknown>>)[];
  /** See the schema. */
  [field: string]: unknown;
}

/** Header names in any case. A value that is an array is a header that stood several times. */
export type HeadersLike =
  | Pick<Headers, "get" | "forEach">
  | Readonly<Record<string, string | readonly string[] | undefined>>
  | readonly (readonly [name: string, value: string])[]
  | ReadonlyMap<string, string>;

/** The raw body: the very bytes that were sent. A string counts as UTF-8. */
export type Body = string | Uint8Array | ArrayBuffer | ArrayBufferView;

/** A `Uint8Array` that `fetch` takes: over memory that no other thread sees. Before TypeScript 5.7 a plain `Uint8Array`. */
export type Bytes = ReturnType<Uint8Array["slice"]>;

/** What may be chosen of a scheme that leaves it open, as `hmac`, `token` and `basic` do. */
export interface SchemeOptions {
  /** The header that carries signature or token. */
  header?: string | undefined;
  /** As in `"sha256"`. */
  algorithm?: string | undefined;
  /** Of the signature. */
  encoding?: "hex" | "base64" | undefined;
  /** What stands before the signature, as in `"sha256="`. */
  prefix?: string | undefined;
  /** The user's name, of `basic`. */
  user?: string | undefined;
}

/** How an endpoint is set up. */
export interface Setup {
  /** How the provider signs. */
  scheme: Scheme;
  /** As the provider shows it; several while it rotates. Of public-key schemes the public key. */
  secret: string | readonly string[];
  /** By how many whole seconds a timestamp may differ from now, in place of the scheme's own bound. 0 means exactly now. */
  toleranceSecs?: number | undefined;
  /** See {@link SchemeOptions}. */
  options?: SchemeOptions | undefined;
  /** The token that the provider repeats in its handshake (Meta). */
  verifyToken?: string | undefined;
  /** Whether the secrets are those of the sender: of public-key schemes the private keys. */
  signing?: boolean | undefined;
}

/** A request as it came over the wire. */
export interface RequestToVerify {
  headers: HeadersLike;
  body: Body;
  /** As the provider knows it, for the schemes that sign it (`signsUrl`). */
  url?: string | undefined;
  /** In upper case; `POST` if it is not given. */
  method?: string | undefined;
  /** Unix seconds, in place of the clock's. */
  now?: number | undefined;
}

/**
 * An event whose signature matched. Its fields are getters: what stands in the body is read when it is
 * asked for first. To copy it, `{ ...event.toJSON() }`.
 */
export interface VerifiedEvent {
  /** The name of the scheme that verified it. */
  readonly scheme: string;
  /** 1 to 256 visible ASCII characters; `undefined` where the provider sends none. */
  readonly id: string | undefined;
  /** As in `"invoice.paid"`. */
  readonly type: string | undefined;
  /** The request's own, in unix seconds. */
  readonly timestamp: number | undefined;
  /** Which of the secrets matched, counted from 0. */
  readonly keyIndex: number;
  /** Whether a captured request cannot be sent again later: its timestamp is signed, and its age was checked. */
  readonly replayProtected: boolean;
  /** Whether the signature covers `id`. Where it does not, a captured request can be sent again under another id. */
  readonly idSigned: boolean;
  /** The events of a body that may hold several, in their order; empty where the scheme sends one at a time. */
  readonly events: readonly EventInBody[];
  /** All fields as a plain object. */
  toJSON(): Omit<VerifiedEvent, "toJSON">;
}

/** One of the events of a body. */
export interface EventInBody {
  readonly id: string | undefined;
  readonly type: string | undefined;
  /** Its first byte in the body. */
  readonly start: number;
  /** The byte behind its last. */
  readonly end: number;
}

/**
 * Verifies one request. The keys of the endpoints that were used last are kept prepared; {@link Verifier}
 * holds those of one.
 *
 * @throws {WebhookVerificationError} The request is refused, or the set-up is wrong.
 * @throws {TypeError} An argument is of a wrong kind, as a body that was already parsed.
 * @example
 * const event = verify({ scheme: "stripe", secret, headers: request.headers, body: await request.text() });
 */
export function verify(request: Setup & RequestToVerify): VerifiedEvent;

/** One endpoint, its keys prepared once. */
export class Verifier {
  /** @throws {WebhookVerificationError} The scheme is unknown or a secret is not of its form (`stage` is `"setup"`). */
  constructor(setup: Setup);
  /** The name of the scheme. */
  readonly scheme: string;
  /** As the function {@link verify}. */
  verify(request: RequestToVerify): VerifiedEvent;
  /** As the function {@link handshake}; not in `hookgate/hmac`. */
  handshake(request: HandshakeRequest): Reply | undefined;
  /** As the function {@link sign}; not in `hookgate/hmac`. */
  sign(event: EventToSign): SignedRequest;
  /**
   * Hands in the certificate that a `needs_certificate` error asked for, by its `url`; then verify again.
   * Not in `hookgate/hmac`.
   *
   * @throws {WebhookVerificationError} `unusable_certificate`
   */
  addCertificate(url: string, pem: string, options?: { now?: number | undefined }): void;
}

/** What a provider asks of an endpoint. */
export interface HandshakeRequest extends Omit<RequestToVerify, "body" | "url" | "method"> {
  /** Absent for `GET`. */
  body?: Body | undefined;
  url: string;
  method: string;
}

/** What to do about a handshake. */
export type Reply =
  | { kind: "answer"; status: number; headers: [name: string, value: string][]; body: string }
  /**
   * Amazon SNS: look whether `topic` is yours, `GET` the address (which was checked) without following
   * redirects, then answer 200.
   */
  | { kind: "get"; url: string; topic: string; undoesUnsubscription: boolean };

/**
 * What to answer a provider that asks before, or between, its events; `undefined` if the request is no
 * handshake, and so should be an event. Not in `hookgate/hmac`.
 *
 * @throws {WebhookVerificationError} It asks as a handshake does, and does not verify.
 */
export function handshake(request: Setup & HandshakeRequest): Reply | undefined;

/** An event that is about to be sent. */
export interface EventToSign {
  /** A scheme that sends no id header ignores it. */
  id: string;
  /** For the schemes that send it in a header. */
  type?: string | undefined;
  /** The raw body. */
  body: Body;
  /** For the schemes that sign it. */
  url?: string | undefined;
  /** `POST` if it is not given. */
  method?: string | undefined;
  /** That the request will have. */
  contentType?: string | undefined;
  /** Unix seconds, in place of the clock's. */
  now?: number | undefined;
}

/** A signed request. Some schemes put their signature into the URL or the body. */
export interface SignedRequest {
  url: string;
  /** All that the scheme adds. */
  headers: Record<string, string>;
  body: Bytes;
}

/**
 * Signs an event as its provider would: to send webhooks, and to test an endpoint. Not in `hookgate/hmac`.
 *
 * @throws {WebhookVerificationError} `stage` is `"sign"` or `"setup"`.
 */
export function sign(event: Setup & EventToSign): SignedRequest;

/** Why a request is refused. It is no verdict: only {@link verify} decides. */
export interface Explanation {
  scheme: string;
  /** The code that {@link verify} throws; `undefined` where no fault was found. */
  refusal: ErrorCode | undefined;
  /** All of it, for people. It holds no secret and no whole signature. */
  report: string;
  checks: {
    name: "secrets" | "headers" | "form" | "timestamp" | "content" | "signature" | "claims";
    verdict: "passed" | "failed" | "not_reached";
    summary: string;
    data: [name: string, value: string][];
  }[];
  /** What was found, the certain first. */
  causes: { code: string; certain: boolean; meaning: string; detail: string; remedy: string }[];
  /** How many changed requests were tried, and how many not, as the body is large. */
  tried: number;
  untried: number;
}

/** Says why a request is refused: each check with what it saw, and the causes. Not in `hookgate/hmac`. */
export function explain(request: Setup & RequestToVerify): Explanation;

/** What there is to know of a scheme. */
export interface SchemeInformation {
  name: string;
  /** The provider's own name; not in `hookgate/hmac`, as the two below. */
  title?: string;
  /** The document that the scheme was written from: its address, or its title. */
  documentation?: string;
  /** A: the vendor's own SDK, specification or documentation was read; B: another library; C: general knowledge. */
  confidence?: "A" | "B" | "C";
  toleranceSecs: number | undefined;
  /** `false` where the secret itself is sent. */
  signsContent: boolean;
  signsTimestamp: boolean;
  signsId: boolean;
  /** Whether `url` must be given to {@link verify}. */
  signsUrl: boolean;
  hasId: boolean;
  /** Whether a body may hold several events. */
  hasBatches: boolean;
  hasPublicKeys: boolean;
  /** Whether {@link Verifier.addCertificate} is needed. */
  hasCertificates: boolean;
  hasVerifyToken: boolean;
  allowsSeveralSignatures: boolean;
}

/** All schemes of this build. */
export function schemes(): SchemeInformation[];

/** Where an error arose. */
export type Stage = "setup" | "malformed" | "unauthenticated" | "incomplete" | "sign";

/** The data of an error, by its code. */
export interface ErrorData {
  missing_argument: {};
  unknown_verifier: {};
  unknown_scheme: { name: string };
  no_secret: {};
  empty_secret: { index: number };
  line_break_in_secret: { index: number };
  malformed_secret: { index: number; expected: string };
  short_secret: { index: number; expected: string; minimum: number };
  unusable_key: { index: number; reason: string };
  unknown_option: { option: string };
  invalid_option: { option: string; expected: string };
  invalid_scheme: { reason: string };
  repeated_header: { name: string };
  non_ascii_header: { name: string };
  malformed_header: { name: string; reason: string };
  malformed_field: { pointer: string; reason: string };
  malformed_parameter: { name: string; reason: string };
  malformed_body: { reason: string };
  missing_header: { name: string };
  missing_field: { pointer: string };
  missing_parameter: { name: string };
  missing_claim: { claim: string };
  no_signature: { name: string };
  unsupported_version: { name: string; expected: string };
  unsupported_algorithm: { name: string; expected: string };
  claim_mismatch: { claim: string };
  digest_mismatch: { name: string };
  uncovered_body: {};
  no_verify_token: {};
  verify_token_mismatch: {};
  timestamp_too_old: { timestamp: number; now: number; tolerance: number; difference: number };
  timestamp_in_future: { timestamp: number; now: number; tolerance: number; difference: number };
  signature_mismatch: { signatures: number; secrets: number };
  certificate_url: { name: string; reason: string };
  unusable_certificate: { reason: string };
  other_topic: { topic: string };
  needs_certificate: { url: string };
  invalid_id: { reason: string };
  invalid_event_type: { reason: string };
  invalid_timestamp: { timestamp: number };
  needs_target: {};
  no_private_key: {};
  invalid_body: { reason: string };
}

/** Stable: a code never changes its meaning. */
export type ErrorCode = keyof ErrorData;

/** Why a request was refused, or something was set up wrongly. It holds no secret. */
export class WebhookVerificationError<Code extends ErrorCode = ErrorCode> extends Error {
  /** Made by the verifier alone. */
  private constructor();
  /** `instanceof`, which would else not know the type of `code`. */
  static [Symbol.hasInstance](value: unknown): value is WebhookVerificationError;
  readonly name: "WebhookVerificationError";
  readonly code: Code;
  readonly stage: Stage;
  readonly data: Readonly<ErrorData[Code]>;
  /** What to answer the sender: 400 malformed, 401 not authenticated, 503 undecided yet, 500 set-up. */
  readonly status: 400 | 401 | 500 | 503;
  /** The address to fetch, of `needs_certificate`; follow no redirect. */
  readonly url: string | undefined;
  /** Whether it is of this code; then `data` is known. */
  is<Known extends ErrorCode>(code: Known): this is WebhookVerificationError<Known>;
}

/** A message of the queue that a Hookgate gateway forwards events to; version 1. */
export type QueueMessage = {
  version: 1;
  /** `msg_…`: the same at every redelivery. */
  id: string;
  /** `src_…` */
  sourceId: string;
  scheme: string;
  /** The provider's, where it has one. */
  eventId?: string;
  eventType?: string;
  /** The provider's, in unix seconds. */
  timestamp?: number;
  /** When the gateway received it, in unix milliseconds. */
  receivedAt: number;
  /** Names in lower case; without credentials. */
  headers: [name: string, value: string][];
  contentType?: string;
  /** Where the gateway keeps the event until it is confirmed; absent where the source's `dedup.store` is no inbox, and where it feeds a queue of yours. */
  inbox?: string;
  /** The binding of the queue of yours that the source feeds; absent where the event goes to the gateway's own. */
  queue?: string;
} & QueueMessageBody;

/** The verified bytes: as text if they are UTF-8, else in base64, or in R2 if they are too large for a message. */
export type QueueMessageBody = { body: string } | { bodyBase64: string } | { bodyR2Key: string };

/** A message with its body. */
export type OpenedMessage = QueueMessage & {
  /** The verified body, byte for byte. */
  bytes: Bytes;
};

/** What is needed of an R2 bucket. */
export interface Payloads {
  get(key: string): Promise<{ arrayBuffer(): Promise<ArrayBuffer> } | null>;
}

/**
 * Opens a queue message with its body, for a consumer of one's own.
 *
 * @param payloads the gateway's R2 bucket `PAYLOADS`, needed for bodies that do not fit a message
 * @throws {TypeError} It is no message of a version that this package knows, or needs `payloads`.
 * @throws {Error} R2 has no such body.
 * @example
 * for (const message of batch.messages) {
 *   const { eventType, bytes } = await openMessage(message.body, { payloads: env.PAYLOADS });
 * }
 */
export function openMessage(message: QueueMessage, options?: { payloads?: Payloads | undefined }): Promise<OpenedMessage>;
