/** The candidates for public keys, each beside Node's own verification of the same message. */
import { generateKeyPairSync, sign, verify } from "node:crypto";

import { hookgate } from "./package.mjs";

/** What ends the name of a candidate that is Node's. */
export const NODE = ", node";

export async function asymmetric() {
  const body = Buffer.alloc(1024, "a");
  const timestamp = `${Math.floor(Date.now() / 1000)}`;
  const message = Buffer.concat([Buffer.from(timestamp), body]);

  const ed = generateKeyPairSync("ed25519");
  const edSignature = sign(null, message, ed.privateKey);
  const edKey = ed.publicKey.export({ format: "der", type: "spki" }).subarray(-32).toString("hex");
  const discord = new hookgate.Verifier({ scheme: "discord", secret: edKey });
  const edHeaders = { "x-signature-ed25519": edSignature.toString("hex"), "x-signature-timestamp": timestamp };

  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const ecSignature = sign("sha256", message, ec.privateKey);
  const sendgrid = new hookgate.Verifier({ scheme: "sendgrid", secret: ec.publicKey.export({ format: "pem", type: "spki" }) });
  const ecHeaders = { "x-twilio-email-event-webhook-signature": ecSignature.toString("base64"), "x-twilio-email-event-webhook-timestamp": timestamp };

  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const rsaSignature = sign("sha256", body, rsa.privateKey);
  const wise = new hookgate.Verifier({ scheme: "wise", secret: rsa.publicKey.export({ format: "pem", type: "spki" }) });
  const rsaHeaders = { "x-signature-sha256": rsaSignature.toString("base64") };

  return {
    Ed25519: () => discord.verify({ headers: edHeaders, body }),
    [`Ed25519${NODE}`]: () => verify(null, message, ed.publicKey, edSignature),
    "ECDSA P-256": () => sendgrid.verify({ headers: ecHeaders, body }),
    [`ECDSA P-256${NODE}`]: () => verify("sha256", message, ec.publicKey, ecSignature),
    "RSA-2048": () => wise.verify({ headers: rsaHeaders, body }),
    [`RSA-2048${NODE}`]: () => verify("sha256", body, rsa.publicKey, rsaSignature),
  };
}
