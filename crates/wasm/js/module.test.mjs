/** The module itself, both of its builds, as `npm run build -- verify` left them. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { loadVerifier } from "../../../tools/verifier.mjs";

const NOW = 1_773_738_000;
const SECRET = "whsec_Zmlyc3Qtc2VjcmV0LW9mLXRoZS1lbmRwb2lu";
/** The schemes that sign the parameters of a form. */
const FORMS = new Set(["twilio", "vonage-legacy", "plivo", "plivo-v1"]);
/** The names that the vectors have for schemes, where they are others than ours. */
const NAMES = {
  "standard-webhooks": "standard",
  "messagebird-jwt": "messagebird",
  "vonage-jwt": "vonage",
  "vonage-sig": "vonage-legacy",
  "plivo-v3": "plivo",
  "adyen-payments": "adyen",
  "hubspot-v3": "hubspot",
  "gitlab-token": "gitlab",
  "okta-token": "okta",
  "okta-challenge": "okta",
};

/** The vectors that need no switch which this module does not offer. */
function vectors() {
  const file = new URL("../../verify/tests/vectors.jsonl", import.meta.url);
  const rows = readFileSync(file, "utf8").trim().split("\n").map((line) => JSON.parse(line));
  return rows.filter(({ opts }) => opts.tolerance_s !== null && opts.check_iss !== false && opts.check_payload_hash !== false);
}

function verdict(module, row) {
  const { secret_or_key: secret, opts } = row;
  const secrets = typeof secret === "string" ? [secret] : [secret.primary, secret.secondary].filter((text) => text != null);
  const setup = { scheme: NAMES[row.scheme] ?? row.scheme, secrets, toleranceSecs: opts.tolerance_s, options: { header: opts.header, algorithm: opts.algo } };
  let verifier;
  try {
    verifier = module.verifier(setup);
    const body = Buffer.from(row.body_base64, "base64");
    module.verify(verifier, { method: row.method, url: row.url, headers: Object.entries(row.headers), body }, row.now ?? 0);
    return "valid";
  } catch (error) {
    assert.match(error.code, /^[a-z_]+$/, error.stack);
    return error.code;
  } finally {
    if (verifier) module.release(verifier);
  }
}

for (const build of ["full", "hmac"]) {
  test(`${build}: the vectors have their verdicts`, () => {
    const module = loadVerifier(build);
    const known = new Set(module.schemes());
    const rows = vectors().filter((row) => known.has(NAMES[row.scheme] ?? row.scheme));
    assert.ok(rows.length > 150, `${rows.length} vectors`);
    for (const row of rows) assert.equal(verdict(module, row) === "valid", row.expect === "valid", row.id);
  });

  test(`${build}: an answer has all that the crate says`, () => {
    const module = loadVerifier(build);
    const verifier = module.verifier({ scheme: "standard", secrets: ["whsec_c2Vjb25kLXNlY3JldC1vZi10aGUtZW5kcG9p", SECRET] });
    const body = '{"type":"a.b"}';
    const tag = createHmac("sha256", Buffer.from(SECRET.slice(6), "base64")).update(`msg_1.${NOW}.${body}`).digest("base64");
    const headers = Object.entries({ "webhook-id": "msg_1", "webhook-timestamp": `${NOW}`, "webhook-signature": `v1,${tag}` });
    const request = { method: "POST", url: "", headers, body };
    const event = module.verify(verifier, request, NOW);
    const expected = { scheme: "standard", id: "msg_1", type: "a.b", timestamp: NOW, keyIndex: 1, replayProtected: true, idSigned: true, events: [] };
    assert.deepEqual(event, expected);
    assert.throws(() => module.verify(verifier, request, NOW + 301), { code: "timestamp_too_old" });
    assert.throws(() => module.verify(verifier, { ...request, body: "{}" }, NOW), { code: "signature_mismatch" });
  });
}

test("what is signed verifies, for every scheme of a secret", () => {
  const module = loadVerifier();
  let signed = 0;
  for (const scheme of module.schemes()) {
    const setup = { scheme, secrets: [SECRET], signing: true };
    let verifier;
    try {
      verifier = module.verifier(setup);
    } catch (error) {
      // Of another form: keys, credentials, hexadecimal.
      assert.ok(["malformed_secret", "unusable_key", "short_secret"].includes(error.code), `${scheme}: ${error.code}`);
      continue;
    }
    const contentType = FORMS.has(scheme) ? "application/x-www-form-urlencoded" : "application/json";
    const body = FORMS.has(scheme) ? "a=1&b=2" : '{"type":"a.b","webhookTimestamp":1773738000000}';
    const event = { id: "msg_1", type: "a.b", method: "POST", url: "https://example.com/in", contentType, body };
    const { url, headers, body: sent } = module.sign(verifier, event, NOW);
    const request = { method: "POST", url, headers: [...headers, ["content-type", contentType]], body: sent };
    assert.equal(module.verify(verifier, request, NOW).scheme, scheme);
    signed += 1;
    module.release(verifier);
  }
  assert.ok(signed > 45, `${signed} schemes`);
});

test("a tolerance that is no number of seconds is refused, and not replaced", () => {
  const module = loadVerifier();
  for (const toleranceSecs of [-1, 30.5, NaN, 5e9]) {
    assert.throws(() => module.verifier({ scheme: "github", secrets: [SECRET], toleranceSecs }), { code: "invalid_option" });
  }
});

test("a verifier that was released is told, and its number is used again", () => {
  const module = loadVerifier();
  const first = module.verifier({ scheme: "github", secrets: [SECRET] });
  module.release(first);
  module.release(first);
  assert.throws(() => module.verify(first, { method: "POST", url: "", headers: [], body: "" }, NOW), { code: "unknown_verifier" });
  assert.equal(module.verifier({ scheme: "github", secrets: [SECRET] }), first);
});

test("the room of a large body is used again", () => {
  const module = loadVerifier();
  const verifier = module.verifier({ scheme: "github", secrets: [SECRET] });
  const headers = [["x-hub-signature-256", `sha256=${"0".repeat(64)}`]];
  const judge = (body) => assert.throws(() => module.verify(verifier, { method: "POST", url: "", headers, body }, NOW), { code: "signature_mismatch" });
  judge(new Uint8Array(25 << 20));
  const after = module.memoryBytes();
  for (let round = 0; round < 20; round += 1) judge(new Uint8Array(25 << 20));
  assert.equal(module.memoryBytes(), after, "the room is used again");
});

for (const build of ["full", "hmac"]) {
  test(`${build}: an undefined secret or header is refused, and ends no list silently`, () => {
    const module = loadVerifier(build);
    const missing = { code: "missing_argument" };
    for (const secrets of [[SECRET, undefined], [undefined, SECRET], [undefined], [SECRET, undefined, SECRET], [SECRET, null]]) {
      assert.throws(() => module.verifier({ scheme: "github", secrets }), missing);
    }
    const verifier = module.verifier({ scheme: "github", secrets: [SECRET] });
    const tag = createHmac("sha256", SECRET).update("{}").digest("hex");
    const signature = ["x-hub-signature-256", `sha256=${tag}`];
    const verify = (headers) => module.verify(verifier, { method: "POST", url: "", headers, body: "{}" }, NOW);
    assert.equal(verify([signature]).scheme, "github");
    // Behind the end of the list a second signature would go unseen.
    for (const headers of [
      [signature, ["a", undefined], signature],
      [signature, [undefined, "a"], signature],
      [signature, [undefined, undefined]],
      [signature, ["a"]],
      [["a", null], signature],
    ]) {
      assert.throws(() => verify(headers), missing, JSON.stringify(headers));
    }
  });
}
