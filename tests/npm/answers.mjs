/**
 * What the package answers beside verdicts over vectors, as a report for comparing: every scheme signs
 * and verifies bodies of each length at which a way of hashing ends, and every kind of mistake is
 * refused, explained and worded. As suite.mjs it asks nothing of its runtime.
 */
const SECRETS = [
  "whsec_Zmlyc3Qtc2VjcmV0LW9mLXRoZS1lbmRwb2lu",
  "a secret of some length",
  "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
  "user:password-of-some-length",
];
const NOW = 1_773_738_000;
const URL = "https://example.com/in?a=1";
/** They sign an address or a token of the body's, and not the body. */
const BODY_UNSIGNED = new Set(["mailgun", "plivo-v2"]);
const FORMS = new Set(["twilio", "vonage-legacy", "plivo", "plivo-v1"]);
/** To look for a cause takes as long as a hundred verifications. */
const EXPLAINED = new Set([112, 300]);
/** Around the blocks of the hashes, the bound of the host, of one call to it, and of a chunk of text. */
const LENGTHS = [0, 1, 55, 56, 64, 111, 112, 128, 255, 256, 257, 1023, 1024, 8192, 8193, 65_537];

/**
 * @param {typeof import("hookgate")} signer the full build, which alone signs
 * @returns {{report: string, cases: number, wrong: string[]}} `wrong` are genuine requests that are refused, and forged ones that are not
 */
export function answers(api, signer = api) {
  const lines = [];
  const wrong = [];
  const say = (name, work, expected) => {
    const line = `${name} ${told(work)}`;
    lines.push(line);
    const verdict = line.includes('"name":"WebhookVerificationError"') ? "invalid" : "valid";
    if (expected !== undefined && verdict !== expected) wrong.push(`${expected} expected: ${line}`);
  };
  say("schemes", () => api.schemes());
  for (const request of signedRequests(api, signer)) {
    const { scheme, secret, signsContent } = request;
    const verifier = new api.Verifier({ scheme, secret });
    say(`${scheme} ${request.body.length}`, () => verifier.verify(request), "valid");
    const changed = request.body.slice();
    if (changed.length > 0) changed[changed.length >> 1] ^= 1;
    const forged = signsContent && changed.length > 0 && !BODY_UNSIGNED.has(scheme) ? "invalid" : undefined;
    say(`${scheme} ${request.body.length} changed`, () => verifier.verify({ ...request, body: changed }), forged);
    say(`${scheme} ${request.body.length} late`, () => verifier.verify({ ...request, now: NOW + 100_000 }));
    say(`${scheme} ${request.body.length} as text`, () => api.verify({ ...request, body: new TextDecoder().decode(request.body) }), "valid");
    if (api.explain && EXPLAINED.has(request.body.length)) say(`${scheme} explained`, () => api.explain({ ...request, body: changed }));
  }
  if (api.handshake) for (const [name, request] of Object.entries(HANDSHAKES)) say(`handshake ${name}`, () => api.handshake(request));
  for (const [name, request] of Object.entries(MISTAKES)) say(name, () => api.verify(request));
  return { report: `${lines.join("\n")}\n`, cases: lines.length, wrong };
}

/** One request of each scheme that signs with one of the secrets; of some every length. */
function* signedRequests(api, signer) {
  for (const { name: scheme, hasPublicKeys, signsContent } of api.schemes()) {
    if (hasPublicKeys && scheme !== "standard") continue;
    const contentType = FORMS.has(scheme) ? "application/x-www-form-urlencoded" : "application/json";
    const secret = SECRETS.find((each) => signs(signer, scheme, each, contentType));
    if (secret === undefined) continue;
    const lengths = ["standard", "github", "stripe", "slack", "twilio", "zendesk"].includes(scheme) ? LENGTHS : [300];
    for (const length of lengths) {
      const sent = signer.sign({ ...event(contentType, length), scheme, secret });
      yield { scheme, secret, signsContent, url: sent.url, method: "POST", headers: { ...sent.headers, "content-type": contentType }, body: sent.body, now: NOW };
    }
  }
}

function signs(signer, scheme, secret, contentType) {
  try {
    return signer.sign({ ...event(contentType, 300), scheme, secret });
  } catch (error) {
    if (error.name !== "WebhookVerificationError") throw error;
    return undefined;
  }
}

/** So many bytes, of which the short are no JSON; the long have characters of two to four bytes. */
function event(contentType, length) {
  const [before, after] = contentType.endsWith("json") ? ['{"type":"a.b","webhookTimestamp":1773738000000,"text":"é€😀', '"}'] : ["a=1&b=%C3%A9", ""];
  const left = length - new TextEncoder().encode(before + after).length;
  const body = left < 0 ? "x".repeat(length) : `${before}${"x".repeat(left)}${after}`;
  return { id: "msg_1", type: "a.b", method: "POST", url: URL, contentType, body, now: NOW };
}

const PLAIN = { scheme: "standard", secret: SECRETS[0], headers: { "webhook-id": "msg_1", "webhook-timestamp": `${NOW}`, "webhook-signature": "v1,AAAA" }, body: "{}", now: NOW };

const HANDSHAKES = {
  meta: { scheme: "meta", secret: SECRETS[1], verifyToken: "token", headers: {}, method: "GET", url: "https://example.com/in?hub.mode=subscribe&hub.challenge=123&hub.verify_token=token", now: NOW },
  "meta, wrong": { scheme: "meta", secret: SECRETS[1], verifyToken: "other", headers: {}, method: "GET", url: "https://example.com/in?hub.mode=subscribe&hub.challenge=123&hub.verify_token=token", now: NOW },
  x: { scheme: "x", secret: SECRETS[1], headers: {}, method: "GET", url: "https://example.com/in?crc_token=abc", now: NOW },
  okta: { scheme: "okta", secret: SECRETS[1], headers: { "x-okta-verification-challenge": "abc", authorization: SECRETS[1] }, method: "GET", url: "https://example.com/in", now: NOW },
  dropbox: { scheme: "dropbox", secret: SECRETS[1], headers: {}, method: "GET", url: "https://example.com/in?challenge=abc", now: NOW },
  none: { scheme: "github", secret: SECRETS[1], headers: {}, method: "POST", url: "https://example.com/in", body: "{}", now: NOW },
};

const MISTAKES = {
  "parsed body": { ...PLAIN, body: { a: 1 } },
  "no body": { ...PLAIN, body: undefined },
  "number as header": { ...PLAIN, headers: { ...PLAIN.headers, "webhook-id": 5 } },
  "header twice": { ...PLAIN, headers: [...Object.entries(PLAIN.headers), ["Webhook-Id", "msg_2"]] },
  "no header": { ...PLAIN, headers: {} },
  "no secret": { ...PLAIN, secret: undefined },
  "empty secret": { ...PLAIN, secret: "" },
  "bad secret": { ...PLAIN, secret: ["whsec_!"] },
  "unknown scheme": { ...PLAIN, scheme: "none" },
  "described scheme": { ...PLAIN, scheme: { name: "own" } },
  "now in milliseconds": { ...PLAIN, now: NOW * 1000 },
  "half a second of tolerance": { ...PLAIN, toleranceSecs: 0.5 },
  "half of a pair": { ...PLAIN, body: `\ud800${"\udc00".repeat(5000)}` },
  "a header beyond ASCII": { ...PLAIN, headers: { ...PLAIN.headers, "webhook-id": "é" } },
  "shared memory": { ...PLAIN, body: globalThis.SharedArrayBuffer ? new Uint8Array(new SharedArrayBuffer(8)) : new Uint8Array(8) },
};

/** What came of it, so that nothing of it can differ unseen. */
export function told(work) {
  try {
    return JSON.stringify(work(), (_, value) => (value === undefined ? "undefined" : value)) ?? "undefined";
  } catch (error) {
    const { name, code, stage, status, data, message } = error;
    return JSON.stringify({ name, code, stage, status, data, message });
  }
}
