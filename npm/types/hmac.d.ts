/**
 * `hookgate` with the schemes that need no public keys: a third of its size, and it verifies alone.
 *
 * @module
 */
export { openMessage, schemes, Verifier, verify, WebhookVerificationError } from "./index.js";
export type {
  Body,
  ErrorCode,
  ErrorData,
  EventInBody,
  HeadersLike,
  OpenedMessage,
  QueueMessage,
  RequestToVerify,
  Scheme,
  SchemeInformation,
  SchemeOptions,
  Setup,
  Stage,
  VerifiedEvent,
} from "./index.js";
