/**
 * Sends signed sample events to a demo source, as its vendor would, and shows both sides.
 *
 * The signature comes from the verifier's own Rust (build/verify), the secret from the development
 * master key. Not for sending with other secrets: that is `npx hookgate send`.
 *
 *   npm run -s send -- <scheme> [--count N] [--same] [--url http://127.0.0.1:8787]
 *
 * `--count N` sends N events, `--same` sends the very same request each time: one must be admitted.
 */
import { parseArgs } from "node:util";

import { buildVerify } from "./build.mjs";
import { DEMO_SCHEMES, sampleEvent } from "./demo/events.mjs";
import { demoSecret, developmentKeys } from "./keys.mjs";
import { addresses } from "./ports.mjs";
import { Failure, main } from "./process.mjs";
import { loadVerifier } from "./verifier.mjs";

const SHOWN_BODY = 300;

await main(async () => {
  const { scheme, url, count, same } = readArguments();
  await buildVerify({ quiet: true });
  const verifier = loadVerifier();
  const secret = demoSecret(developmentKeys().masterKey, scheme);
  const sender = new verifier.Verifier({ scheme, secret, signing: true });

  let request;
  for (let sent = 0; sent < count; sent += 1) {
    if (!request || !same) request = signedRequest(sender, scheme);
    await post(`${url}/in/demo-${scheme}`, request);
  }
});

function readArguments() {
  const options = { count: { type: "string", default: "1" }, same: { type: "boolean" }, url: { type: "string" } };
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [scheme] = positionals;
  if (!DEMO_SCHEMES.includes(scheme)) {
    throw new Failure(`which scheme? One of: ${DEMO_SCHEMES.join(", ")}\n\n  npm run -s send -- stripe`);
  }
  const count = Number(values.count);
  if (!Number.isInteger(count) || count < 1) throw new Failure(`--count takes a number from 1, not '${values.count}'`);
  return { scheme, count, same: values.same, url: (values.url ?? addresses().hookgate).replace(/\/$/, "") };
}

function signedRequest(sender, scheme) {
  const { id, eventType: type, body } = sampleEvent(scheme);
  const signed = sender.sign({ id, type, body });
  return { headers: [["content-type", "application/json"], ...Object.entries(signed.headers)], body: new TextDecoder().decode(signed.body) };
}

async function post(url, { headers, body }) {
  const shownBody = body.length > SHOWN_BODY ? `${body.slice(0, SHOWN_BODY)}… (${Buffer.byteLength(body)} bytes)` : body;
  console.log(["", `POST ${url}`, ...headers.map(([name, value]) => `${name}: ${value}`), "", shownBody].join("\n> ").trimStart());
  let response;
  try {
    response = await fetch(url, { method: "POST", headers, body });
  } catch (error) {
    throw new Failure(`\n${new URL(url).origin} does not answer (${error.cause?.code ?? error.message}): is 'npm start' running?`);
  }
  const answer = await response.text();
  console.log(`\n< ${response.status} ${response.statusText}\n< ${answer}\n`);
  if (!response.ok) process.exitCode = 1;
}
