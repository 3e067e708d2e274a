/** What a strict project of CommonJS may write: compiled, never run. */
import hookgate = require("hookgate");
import { Verifier, type VerifiedEvent } from "hookgate/hmac";

const event: VerifiedEvent = new Verifier({ scheme: "stripe", secret: "a" }).verify({ headers: {}, body: "" });
const same: hookgate.VerifiedEvent = event;
const id: string | undefined = hookgate.verify({ scheme: "stripe", secret: "a", headers: {}, body: "" }).id;
// @ts-expect-error not in the small entry
new Verifier({ scheme: "stripe", secret: "a" }).sign({ id: "a", body: "" });
// @ts-expect-error a parsed body
hookgate.verify({ scheme: "stripe", secret: "a", headers: {}, body: { a: 1 } });
