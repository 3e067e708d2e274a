/** The same for `hookgate/hmac`: compiled, never run. */
import * as everything from "hookgate/hmac";
import { openMessage, schemes, verify, Verifier, WebhookVerificationError, type OpenedMessage, type QueueMessage, type SchemeInformation, type VerifiedEvent } from "hookgate/hmac";
import * as full from "hookgate";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <T extends true>(_?: T): void => undefined;

is<Equal<keyof typeof everything, "openMessage" | "schemes" | "verify" | "Verifier" | "WebhookVerificationError">>();

is<Equal<ReturnType<typeof verify>, VerifiedEvent>>();
const event: full.VerifiedEvent = verify({ scheme: "github", secret: "a", headers: {}, body: "" });
// @ts-expect-error a parsed body
verify({ scheme: "github", secret: "a", headers: {}, body: {} });
// @ts-expect-error no secret
verify({ scheme: "github", headers: {}, body: "" });

const verifier = new Verifier({ scheme: "github", secret: "a" });
is<Equal<typeof verifier.scheme, string>>();
is<Equal<ReturnType<typeof verifier.verify>, VerifiedEvent>>();
// Where one of it is asked for, one of the other does as well.
const either: Verifier = new full.Verifier({ scheme: "github", secret: "a" });
// @ts-expect-error not in this build
verifier.sign;
// @ts-expect-error not in this build
verifier.handshake;
// @ts-expect-error not in this build
verifier.addCertificate;
// @ts-expect-error no secret
new Verifier({ scheme: "github" });

// @ts-expect-error not in this build
everything.sign;
// @ts-expect-error not in this build
everything.explain;
// @ts-expect-error not in this build
everything.handshake;

is<Equal<ReturnType<typeof schemes>, SchemeInformation[]>>();
// @ts-expect-error takes nothing
schemes(1);

declare const message: QueueMessage;
is<Equal<ReturnType<typeof openMessage>, Promise<OpenedMessage>>>();
openMessage(message);
// @ts-expect-error no message
openMessage();

declare const error: unknown;
if (error instanceof WebhookVerificationError && error.is("signature_mismatch")) is<Equal<(typeof error)["data"]["secrets"], number>>();
// @ts-expect-error made by the verifier alone
new WebhookVerificationError();

export { either, event };
