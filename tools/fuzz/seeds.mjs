/**
 * Where each fuzz target starts: the vectors of the tests as requests in text, and a line or two of
 * each syntax. Written at each run, so that a new vector is a new seed; a corpus that has grown is
 * left as it is.
 *
 * Not for running the targets (../fuzz.mjs). The form of a request is in `fuzz/src/case.rs`.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";

import { path } from "../project.mjs";

const TESTS = path("crates", "verify", "tests");
const FIXTURES = join(TESTS, "it", "asymmetric", "fixtures");

/** Names of the vectors' collection, where they are others than ours. */
const ALIASES = {
  "standard-webhooks": "standard",
  "standard-webhooks-v1a": "standard",
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

/** Which schemes' requests a target starts from; all, where it is not named. */
const SCHEMES = {
  adyen: ["adyen", "adyen-banking"],
  bird: ["bird", "messagebird-legacy"],
  hubspot: ["hubspot", "hubspot-v2", "hubspot-v1"],
  json_web_tokens: ["messagebird", "vonage"],
  listed_headers: ["coinbase-cdp", "coinbase-commerce"],
  mailgun: ["mailgun"],
  numbered_headers: ["docusign", "box"],
  parameters: ["vonage-legacy", "plivo-v1", "twilio", "plivo"],
  plivo: ["plivo", "plivo-v2", "plivo-v1"],
  twilio: ["twilio"],
};

/** Targets whose input is a request behind so many bytes. */
const REQUESTS = { every_scheme: 0, sign_and_change: 8, explain: 0, ingress: 4 };

/** Puts the seeds of a target into its corpus. */
export function writeSeeds(target, directory) {
  mkdirSync(directory, { recursive: true });
  const present = new Set(readdirSync(directory));
  for (const seed of seeds(target)) {
    const bytes = Buffer.from(seed);
    const name = createHash("sha1").update(bytes).digest("hex");
    if (!present.has(name)) writeFileSync(join(directory, name), bytes);
  }
}

/** libFuzzer's dictionary: words that it would take long to find by itself. */
export function dictionary() {
  const words = new Set(["HMAC", "Bearer", "t=", "v1=", "v1a,", "sha256=", "%2B", "%27", "\\u0000", "-----BEGIN", "iat", "nbf", "exp"]);
  const collect = (value, key) => {
    if (Array.isArray(value)) value.forEach((item) => collect(item));
    else if (value && typeof value === "object") {
      if (key === "properties") Object.keys(value).forEach((name) => words.add(`"${name}"`));
      Object.entries(value).forEach(([name, item]) => name !== "description" && collect(item, name));
    } else if (typeof value === "string" && /^[a-z0-9-]+$/.test(value)) words.add(`"${value}"`);
  };
  collect(JSON.parse(readFileSync(path("docs", "scheme.schema.json"), "utf8")));
  const escaped = [...words].map((word) => `"${word.replace(/[\\"]/g, "\\$&")}"`);
  return `${escaped.join("\n")}\n`;
}

function seeds(target) {
  const make = SYNTAX[target];
  if (make) return make();
  const wanted = SCHEMES[target];
  const requests = vectors().filter(({ scheme }) => !wanted || wanted.includes(scheme));
  // Of the ingress, the operator's choices: each store, with and without a bucket, explained, to an own queue.
  const before = { parameters: [0, 1, 2, 3, 4], ingress: [0, 1, 2, 3, 0x38, 0xc9] }[target] ?? [0];
  const lead = target === "parameters" ? 1 : (REQUESTS[target] ?? 0);
  return requests.flatMap((request) => before.map((byte) => Buffer.concat([Buffer.alloc(lead, byte), text(request)])));
}

/** Every vector whose scheme is of the table: `{scheme, secret, now, method, url, headers, body}`. */
function vectors() {
  const rows = ["vectors.jsonl", "vectors-asymmetric.jsonl", "signed.jsonl"].flatMap((file) =>
    readFileSync(join(TESTS, file), "utf8").trim().split("\n").map((line) => JSON.parse(line)),
  );
  const secret = (value) => (typeof value === "string" ? value : (value?.primary ?? value?.secondary ?? ""));
  return rows.map((row) => ({
    ...row,
    scheme: ALIASES[row.scheme] ?? row.scheme,
    secret: secret(row.secret ?? row.secret_or_key),
    body: row.body_base64 === undefined ? Buffer.from(row.body) : Buffer.from(row.body_base64, "base64"),
  }));
}

function text({ scheme, secret, now, method, url, headers, body }) {
  const lines = [scheme, secret.replaceAll("\n", ""), now ?? "", `${method} ${url}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  return Buffer.concat([Buffer.from(`${lines.join("\n")}\n\n`), body]);
}

/** The first byte selects a variant. */
const variants = (count, texts) => texts.flatMap((one) => Array.from({ length: count }, (_, byte) => Buffer.concat([Buffer.of(byte), Buffer.from(one)])));
const fixtures = (wanted) => readdirSync(FIXTURES).filter((name) => wanted.test(name)).map((name) => readFileSync(join(FIXTURES, name)));
const ofScheme = (name) => vectors().filter(({ scheme }) => scheme === name);

const SYNTAX = {
  grammar_prefixed: () => variants(4, ["@", "sha256=@", "sha256=@,@", " sha256=@"]),
  grammar_authorization: () => variants(4, ["HMAC @", "hmac  @", "Bearer @", "@"]),
  grammar_space_list: () => variants(4, ["v1,@", "v1,@ v1,@ v2,x", "v1a,@", "v1,", " v1,@"]),
  grammar_comma_list: () => variants(4, ["@", "@,@", "@, @", ",@"]),
  grammar_fields: () =>
    variants(4, ["t=1,v1=@", "v1=@,v1=@", "hmac-sha256, t=1, v1=@", "ts=1;h1=@", "ts=1; h1=@;h1=@"]).flatMap((seed) => variants(2, [seed])),
  timestamps: () =>
    ["1773738000", "1773738000123", "2026-03-17T09:00:00Z", "2026-03-17T09:00:00.123+01:00", "1972-12-31T23:59:60Z"].flatMap((time) =>
      variants(5, [Buffer.concat([Buffer.alloc(8), Buffer.from(time)])]),
    ),
  pointers: () => ['/a~1b/0\n{"a/b":["x"],"type":"t"}', '/id\n{"id":12345678901234567890,"type":true,"x":1}', '/a\n{"a":"\\u0041","a":"b"}', '\n"x"'],
  batches: () => [
    '/a/*\n{"a":[{"id":"1","type":"t"},{"id":"2"}]}',
    '/x\n[{"id":"1","deleted":{}},{"id":"2","type":"t"}]',
    '/x\n{"entry":[{"changes":[{"id":"1"}]}]}',
  ],
  urls: () =>
    variants(4, ["https://example.com/in?b=2&a=1", "https://user:pw@example.com:443/a%3Ab?x='#f", "http://[::1]:80/%2f", "https://example.com", "/in"]),
  custom_schemes: () => {
    const page = readFileSync(path("docs", "custom-schemes.md"), "utf8");
    const blocks = [...page.matchAll(/^```json\n(.*?)^```/gms)].map(([, json]) => JSON.parse(json));
    const seeds = [];
    for (let at = 0; at + 2 < blocks.length; at += 3) {
      const [scheme, request] = blocks.slice(at);
      seeds.push(text({ ...request, method: "POST", scheme: JSON.stringify(scheme), body: Buffer.from(request.body) }));
    }
    const plain = { name: "x", algorithm: { hmac: "sha1" }, signature: { header: "X" }, encoding: "hex", message: ["body"] };
    const others = [
      { grammar: "comma-list", signature: { numbered: "X-" } },
      { grammar: { "space-list": { version: "v1" } }, signature: { headers: ["X", "Y"] } },
      { algorithm: { plain: "md5" }, message: ["parameters", "secret"], signature: { parameter: "sig" } },
      { message: [{ pointer: "/a" }], signature: { pointer: "/b" }, timestamp: { place: { pointer: "/t" }, unit: "date-time", tolerance: 9 } },
      { message: ["sorted-query", { form: { distinct: true, digest: "d" } }, "method", { url: "any-port" }] },
      { batches: [{ events: "/a/*", id: [{ pointer: "/id" }] }], expects: [{ header: "Z", value: "1" }], families: ["X", "Y"] },
      { algorithm: "token", encoding: "text", secret: { credentials: {} }, grammar: { authorization: { scheme: "Basic" } }, message: [] },
    ];
    const request = { secret: "whsec_secret", now: 1773738000, method: "POST", url: "https://example.com/in?a=1", headers: { X: "00" } };
    for (const other of others) seeds.push(text({ ...request, scheme: JSON.stringify({ ...plain, ...other }), body: Buffer.from('{"a":"1"}') }));
    return seeds;
  },
  sns: () => ofScheme("sns").map(({ body }) => body),
  paypal: () => ofScheme("paypal").map(({ headers, body }) => `${headers["paypal-transmission-id"]}\n${headers["paypal-transmission-time"]}\nWH-1\n${body}`),
  addresses: () => [
    "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123.pem",
    "https://sns.cn-north-1.amazonaws.com.cn/x.pem",
    "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:eu-west-1:1:t&Token=2336",
    "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-360caa42",
    "https://sns.us-east-1.amazonaws.com@evil.example/x.pem",
  ],
  certificates: () => {
    const certificates = fixtures(/leaf|root|intermediate/);
    const der = certificates.flatMap((pem) => [...pem.toString().matchAll(/-----BEGIN CERTIFICATE-----(.*?)-----END/gs)].map(([, base64]) => Buffer.from(base64, "base64")));
    return [...certificates.map((pem) => Buffer.concat([Buffer.of(0), pem])), ...der.map((bytes) => Buffer.concat([Buffer.of(1), bytes]))];
  },
  keys: () => [
    ...variants(4, fixtures(/spki|pkcs|sec1/)),
    ...variants(2, ["07".repeat(32), "whsk_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=", "whpk_6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw="]),
  ],
};
