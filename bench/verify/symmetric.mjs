/** The candidates for HMAC: each verifies the same body, signed as its own scheme does. */
import { verify as octokit } from "@octokit/webhooks-methods";
import * as crypto from "node:crypto";
import { Webhook as StandardWebhooks } from "standardwebhooks";
import Stripe from "stripe";
import { Webhook as Svix } from "svix";

import { hookgate } from "./package.mjs";

export const SIZES = [256, 1024, 16_384, 131_072, 1_048_576];

/** The least that anybody pays, where the host has it: one call, nothing kept, nothing compared. */
export const HASH = "SHA-256 alone";

const { createHmac } = crypto;
const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;

export async function symmetric(size) {
  const body = bodyOf(size);
  // @octokit takes text alone; the others get bytes, as a server receives them.
  const text = body.toString();
  const now = Math.floor(Date.now() / 1000);
  const mac = (key, encoding, ...parts) => {
    const hmac = createHmac("sha256", key);
    for (const part of parts) hmac.update(part);
    return hmac.digest(encoding);
  };
  const around = { host: "example.com", "user-agent": "sender/1.0", accept: "*/*", "content-type": "application/json", "content-length": `${size}` };
  const standard = mac(Buffer.alloc(32, 7), "base64", `msg_2b3c4d5e.${now}.`, body);
  const named = (prefix) => ({ ...around, [`${prefix}-id`]: "msg_2b3c4d5e", [`${prefix}-timestamp`]: `${now}`, [`${prefix}-signature`]: `v1,${standard}` });
  const [webhook, svix] = [named("webhook"), named("svix")];
  const stripe = { ...around, "stripe-signature": `t=${now},v1=${mac(SECRET, "hex", `${now}.`, body)}` };
  const github = { ...around, "x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958", "x-github-event": "push", "x-hub-signature-256": `sha256=${mac(SECRET, "hex", body)}` };

  const verifiers = Object.fromEntries(["standard", "stripe", "github"].map((scheme) => [scheme, new hookgate.Verifier({ scheme, secret: SECRET })]));
  const [theirSvix, theirStandard] = [new Svix(SECRET), new StandardWebhooks(SECRET)];
  // `constructEvent` less its JSON.parse.
  const { signature } = new Stripe("sk_test_none").webhooks;
  return {
    hookgate: () => verifiers.standard.verify({ headers: webhook, body }),
    "hookgate, id and type read": () => {
      const event = verifiers.standard.verify({ headers: webhook, body });
      return event.id + event.type;
    },
    "hookgate, stripe": () => verifiers.stripe.verify({ headers: stripe, body }),
    "hookgate, github": () => verifiers.github.verify({ headers: github, body }),
    ...(crypto.hash && { [HASH]: () => crypto.hash("sha256", body, "latin1") }),
    "bare HMAC": () => createHmac("sha256", SECRET).update(body).digest(),
    svix: () => theirSvix.verify(body, svix),
    standardwebhooks: () => theirStandard.verify(body, webhook),
    stripe: () => signature.verifyHeader(body, stripe["stripe-signature"], SECRET, 300),
    "@octokit/webhooks-methods": () => octokit(SECRET, text, github["x-hub-signature-256"]),
  };
}

/** JSON as providers send it: objects of short texts and numbers. */
function bodyOf(size) {
  const items = [];
  const written = () => JSON.stringify({ type: "invoice.paid", id: "evt_1", items });
  while (written().length + 96 < size) items.push({ id: `item_${items.length}`, amount: 1250 + items.length, currency: "eur", paid: true, note: null });
  const json = written();
  return Buffer.from(json.padEnd(size, " "));
}
