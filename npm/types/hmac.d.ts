/**
 * `hookgate` with the schemes that need no public keys: a third of its size, and it verifies alone.
 *
 * @module
 */
import type { RequestToVerify, Setup, VerifiedEvent } from "./index.js";

export { openMessage, schemes, verify, WebhookVerificationError } from "./index.js";

/** One endpoint, its keys prepared once. */
export class Verifier {
  /** @throws {WebhookVerificationError} The scheme is unknown or a secret is not of its form (`stage` is `"setup"`). */
  constructor(setup: Setup);
  /** The name of the scheme. */
  readonly scheme: string;
  /** As the function {@link verify}. */
  verify(request: RequestToVerify): VerifiedEvent;
}

export type {
  Body,
  Bytes,
  CustomScheme,
  ErrorCode,
  ErrorData,
  EventInBody,
  HeadersLike,
  OpenedMessage,
  Payloads,
  QueueMessage,
  QueueMessageBody,
  RequestToVerify,
  Scheme,
  SchemeInformation,
  SchemeName,
  SchemeOptions,
  Setup,
  Stage,
  VerifiedEvent,
} from "./index.js";
