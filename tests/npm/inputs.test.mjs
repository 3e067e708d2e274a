/** What may be passed, and what is refused in which words. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { IncomingMessage } from "node:http";
import { test } from "node:test";
import { inspect } from "node:util";
import { runInNewContext } from "node:vm";

import { hmac, hookgate, host, loaded, NOW, SECRET } from "./kit.mjs";

const { explain, handshake, sign, verify, Verifier, WebhookVerificationError } = hookgate;
const body = '{"type":"invoice.paid"}';
const tag = createHmac("sha256", Buffer.from(SECRET.slice(6), "base64")).update(`msg_1.${NOW}.${body}`).digest("base64");
const headers = { "webhook-id": "msg_1", "webhook-timestamp": `${NOW}`, "webhook-signature": `v1,${tag}` };
const request = { scheme: "standard", secret: SECRET, headers, body, now: NOW };
const event = { scheme: "standard", id: "msg_1", type: "invoice.paid", timestamp: NOW, keyIndex: 0, replayProtected: true, idSigned: true, events: [] };
const upper = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]));
const bytes = new TextEncoder().encode(body);

test("headers are taken in every kind and case", () => {
  const kinds = {
    record: headers,
    upper,
    "Node's": { ...headers, host: "example.com", "set-cookie": ["a=1", "b=2"], cookie: undefined },
    arrays: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    Headers: new Headers(headers),
    pairs: Object.entries(upper),
    Map: new Map(Object.entries(upper)),
    "without a prototype": Object.assign(Object.create(null), headers),
  };
  for (const [kind, given] of Object.entries(kinds)) assert.deepEqual(verify({ ...request, headers: given }).toJSON(), event, kind);
});

test("a header that stands twice is refused in every kind, also under two spellings", () => {
  const twice = ["v1,AA==", "v1,AA=="];
  const kinds = [
    { ...headers, "webhook-signature": twice },
    { ...headers, "Webhook-Signature": twice[0] },
    [...Object.entries(headers), ["WEBHOOK-SIGNATURE", twice[0]]],
  ];
  for (const given of kinds) assert.throws(() => verify({ ...request, headers: given }), { code: "repeated_header", data: { name: "webhook-signature" } });
});

test("header names are compared in ASCII, as records, pairs and Headers alike", () => {
  const kelvin = "X-Hoo\u212a-Signature";
  const signature = createHmac("sha256", SECRET).update(body).digest("hex");
  const given = { scheme: "hmac", secret: SECRET, options: { header: "x-hook-signature", algorithm: "sha256", encoding: "hex" }, body };
  for (const headers of [{ [kelvin]: signature }, [[kelvin, signature]], new Map([[kelvin, signature]])]) assert.throws(() => verify({ ...given, headers }), { code: "missing_header" });
  assert.equal(verify({ ...given, headers: { "X-HOOK-Signature": signature, [kelvin]: "x" } }).scheme, "hmac");
});

test("what is written to Object.prototype sets nothing, and what a class has does", () => {
  const old = { ...request, now: NOW + 4_000 };
  const polluted = { toleranceSecs: 1e9, now: NOW, signing: true, options: { user: "x" }, verifyToken: "x", method: 5, url: 5, header: "x-other", algorithm: "md5", encoding: "base64", contentType: 5, type: "x" };
  const signature = createHmac("sha256", SECRET).update(body).digest("hex");
  const described = { scheme: "hmac", secret: SECRET, options: Object.assign(Object.create(null), { header: "x-own" }), headers: { "x-own": signature }, body };
  Object.assign(Object.prototype, polluted);
  try {
    assert.throws(() => verify(old), { code: "timestamp_too_old" });
    assert.throws(() => new Verifier({ scheme: "standard", secret: SECRET }).verify({ headers, body, now: NOW + 4_000 }), { code: "timestamp_too_old" });
    assert.throws(() => new Verifier({ scheme: "standard", secret: SECRET }).verify({ headers, body }), { code: "timestamp_too_old" });
    assert.equal(explain(old).refusal, "timestamp_too_old");
    assert.equal(verify({ ...described, options: { header: "x-own" } }).scheme, "hmac");
    assert.equal(sign({ scheme: "github", secret: SECRET, id: "1", body, now: NOW }).headers["X-GitHub-Event"], undefined);
  } finally {
    for (const name of Object.keys(polluted)) delete Object.prototype[name];
  }
  class Incoming {
    get headers() { return headers; }
    get body() { return body; }
    get now() { return NOW; }
  }
  assert.equal(new Verifier({ scheme: "standard", secret: SECRET }).verify(new Incoming()).id, "msg_1");
});

test("what a body says of its own length or buffer changes nothing", () => {
  class Lying extends Uint8Array {
    get length() { return 2; }
    get byteLength() { return 2; }
    get byteOffset() { return 1; }
    get buffer() { return new ArrayBuffer(2); }
  }
  const owning = Object.defineProperty(new Uint8Array(bytes), "length", { value: 1 });
  const lying = [new Lying(bytes), owning, Object.defineProperty(new DataView(bytes.slice().buffer), "byteLength", { value: 1 })];
  for (const given of lying) {
    for (const { verify } of [loaded("hookgate"), loaded("hookgate", { threshold: 0 })]) assert.deepEqual(verify({ ...request, body: given }).toJSON(), event);
  }
  for (const no of [Object.create(Uint8Array.prototype), { [Symbol.toStringTag]: "ArrayBuffer", length: 2 }, new Proxy(bytes, {})]) assert.throws(() => verify({ ...request, body: no }), /`body` must be the raw request body/);
});

test("a body is taken in every kind of bytes", () => {
  const padded = new Uint8Array([0, ...bytes, 0]);
  const kinds = {
    string: body,
    Uint8Array: bytes,
    "a part of a buffer": padded.subarray(1, -1),
    ArrayBuffer: bytes.buffer.slice(0, bytes.length),
    Buffer: Buffer.from(body),
    DataView: new DataView(padded.buffer, 1, bytes.length),
    "of another realm": runInNewContext("new Uint8Array(bytes).buffer", { bytes: [...bytes] }),
  };
  for (const [kind, given] of Object.entries(kinds)) assert.deepEqual(verify({ ...request, body: given }).toJSON(), event, kind);
});

test("a parsed body is refused, and it is told how to get the raw one", () => {
  for (const parsed of [JSON.parse(body), [1], { body }]) {
    assert.throws(() => verify({ ...request, body: parsed }), (error) => {
      assert.ok(error instanceof TypeError);
      for (const word of ["`body`", "raw", "Express", "Next", "Hono", "Fastify", "Workers"]) assert.ok(error.message.includes(word), word);
      return true;
    });
  }
});

test("a wrong kind is a TypeError that names the argument", () => {
  const circular = { name: "acme" };
  circular.algorithm = circular;
  const wrong = {
    "`body`": [{ body: undefined }, { body: null }, { body: 5 }],
    "`headers`": [{ headers: undefined }, { headers: null }, { headers: "a: b" }, { headers: ["a"] }, { headers: { ...headers, "webhook-id": 5 } }, { headers: [["webhook-id", 5]] }],
    "`secret`": [{ secret: undefined }, { secret: null }, { secret: 5 }, { secret: [5] }, { secret: {} }],
    "`scheme`": [{ scheme: undefined }, { scheme: null }, { scheme: [] }, { scheme: { name: 1n } }, { scheme: circular }, { scheme: { toJSON: () => undefined } }],
    "`now`": [{ now: "1773738000" }, { now: NaN }, { now: -1 }, { now: new Date() }, { now: Date.now() }],
    "`toleranceSecs`": [{ toleranceSecs: "300" }, { toleranceSecs: null }],
    "`url`": [{ url: new URL("https://example.com") }],
    "`method`": [{ method: 5 }],
    "`options`": [{ options: "header" }],
    "`options.header`": [{ options: { header: 5 } }],
    "`verifyToken`": [{ verifyToken: 5 }, { verifyToken: null }],
    "`signing`": [{ signing: "yes" }, { signing: 1 }],
  };
  const named = (name) => (error) => error instanceof TypeError && error.message.includes(name);
  for (const [name, changes] of Object.entries(wrong)) {
    for (const change of changes) assert.throws(() => verify({ ...request, ...change }), named(name), `${name} ${inspect(change)}`);
  }
  for (const name of ["type", "contentType"]) {
    for (const value of [5, null]) assert.throws(() => sign({ ...request, id: "msg_1", [name]: value }), named(`\`${name}\` must be a string`));
  }
  const verifier = new Verifier({ scheme: "paypal", secret: "8PT597110X687430LKGECATA" });
  for (const options of [null, "now", 5]) assert.throws(() => verifier.addCertificate("https://api.paypal.com/a", "pem", options), named("`options` must be given an object"));
  assert.throws(() => verifier.addCertificate("https://api.paypal.com/a", new Uint8Array(1)), named("`pem` must be a string"));
  assert.throws(() => verify(), /`verify` must be given an object, not undefined/);
  assert.throws(() => new Verifier("stripe"), /`new Verifier` must be given an object, not a string/);
  assert.throws(() => sign({ ...request, id: undefined }), /`id` must be a string, not undefined/);
  assert.throws(() => handshake({ ...request, method: "GET" }), /`url` must be a string/);
});

test("what is no headers is a TypeError, and no request without headers", async () => {
  const web = new Request("https://example.com/in", { method: "POST", headers, body });
  const whole = {
    "a Request": [web, "an object of the class Request: it has `headers` of its own, so pass `request.headers`"],
    "Node's request": [Object.assign(new IncomingMessage(), { headers }), "an object of the class IncomingMessage: it has `headers` of its own"],
    "a request that is a record": [{ headers, body }, "an object: it has `headers` of its own"],
    "a Buffer": [Buffer.from("webhook-id: msg_1"), "an object of the class Buffer"],
    "an ArrayBuffer": [new ArrayBuffer(1), "an object of the class ArrayBuffer"],
    "a URLSearchParams": [new URLSearchParams(headers), "an object of the class URLSearchParams"],
    "a FormData": [new FormData(), "an object of the class FormData"],
    "a Set": [new Set(Object.entries(headers)), "an object of the class Set"],
    "a promise": [Promise.resolve(headers), "a promise: `await` it"],
  };
  const verifier = new Verifier(request);
  for (const [kind, [given, told]] of Object.entries(whole)) {
    for (const judge of [verify, explain, (asked) => verifier.verify(asked), (asked) => handshake({ ...asked, scheme: "meta", method: "GET", url: "https://example.com/in" })]) {
      assert.throws(() => judge({ ...request, headers: given }), (error) => error instanceof TypeError && error.message.startsWith("`headers` must be a Headers") && error.message.includes(told), kind);
    }
  }
  // A record without the headers that are asked for is one, whatever else it has.
  for (const none of [{}, Object.create(null), new Headers(), new Map(), [], { headers: "5", "set-cookie": ["a=1"] }]) {
    assert.throws(() => verify({ ...request, headers: none }), { code: "missing_header" });
  }
});

test("what still is a promise is told to be awaited", () => {
  for (const name of ["body", "secret"]) assert.throws(() => verify({ ...request, [name]: Promise.resolve("x") }), ({ name: kind, message }) => kind === "TypeError" && message.includes(`\`${name}\``) && message.includes("a promise: `await` it"));
});

test("no message of a wrong kind shows a secret", () => {
  for (const secret of [{ value: SECRET }, [[SECRET]], Buffer.from(SECRET)]) {
    assert.throws(() => verify({ ...request, secret }), (error) => error instanceof TypeError && !error.message.includes("Zmlyc3Q"));
  }
});

test("a tolerance that is no whole number of seconds is refused, and not replaced", () => {
  for (const toleranceSecs of [-1, 30.5, NaN, Infinity, 5e9]) {
    assert.throws(() => verify({ ...request, toleranceSecs }), { code: "invalid_option", data: { option: "toleranceSecs", expected: "whole seconds from 0" } });
  }
  assert.equal(verify({ ...request, toleranceSecs: 0 }).timestamp, NOW);
  assert.throws(() => verify({ ...request, toleranceSecs: 0, now: NOW + 1 }), { code: "timestamp_too_old" });
});

test("an error is an Error with the code, the stage and the data of the variant", () => {
  assert.throws(() => verify({ ...request, now: NOW + 301 }), (error) => {
    assert.ok(error instanceof WebhookVerificationError && error instanceof Error);
    assert.equal(error.name, "WebhookVerificationError");
    assert.equal(error.code, "timestamp_too_old");
    assert.equal(error.stage, "unauthenticated");
    assert.equal(error.status, 401);
    assert.deepEqual(error.data, { timestamp: NOW, now: NOW + 301, tolerance: 300, difference: 301 });
    assert.match(error.message, /301 s old/);
    assert.match(error.stack, /inputs\.test/);
    return error.is("timestamp_too_old") && !error.is("signature_mismatch");
  });
  assert.throws(() => verify({ ...request, headers: { ...headers, "webhook-timestamp": "x" } }), { code: "malformed_header", stage: "malformed", status: 400 });
  assert.throws(() => verify({ ...request, scheme: "none" }), { code: "unknown_scheme", stage: "setup", status: 500, data: { name: "none" } });
  assert.throws(() => verify({ ...request, secret: [] }), { code: "no_secret", data: {} });
  assert.throws(() => verify({ ...request, secret: [SECRET, "whsec_!"] }), ({ code, data }) => code === "malformed_secret" && data.index === 1);
  assert.throws(() => sign({ ...request, id: "a.b" }), { code: "invalid_id", stage: "sign" });
});

test("an event is read through, copied, written as JSON and printed alike", () => {
  const verified = verify(request);
  const { id, type } = verified;
  assert.deepEqual([id, type], ["msg_1", "invoice.paid"]);
  assert.deepEqual(JSON.parse(JSON.stringify(verified)), event);
  assert.match(inspect(verified), /^VerifiedEvent \{[^]*type: 'invoice\.paid'/);
});

test("bytes that were changed after they were verified are never read", () => {
  for (const size of [0, 4_000]) {
    const padded = `{"type":"invoice.paid","padding":"${"x".repeat(size)}"}`;
    const signature = createHmac("sha256", Buffer.from(SECRET.slice(6), "base64")).update(`msg_1.${NOW}.${padded}`).digest("base64");
    const changed = new TextEncoder().encode(padded);
    const verified = verify({ ...request, headers: { ...headers, "webhook-signature": `v1,${signature}` }, body: changed });
    changed.set(new TextEncoder().encode("refunded"), padded.indexOf("invoice.paid"));
    for (const field of ["type", "id", "events"]) assert.throws(() => verified[field], { code: "signature_mismatch" }, field);
  }
});

test("a body in shared memory is copied before it is judged", () => {
  class Own extends Uint8Array {}
  for (const buffer of [new SharedArrayBuffer(bytes.length), runInNewContext("new SharedArrayBuffer(length)", { length: bytes.length })]) {
    const shared = new Uint8Array(buffer);
    for (const given of [buffer, shared, new Own(buffer), new DataView(buffer), Buffer.from(buffer), new Int8Array(buffer)]) {
      shared.set(bytes);
      const verified = verify({ ...request, body: given });
      shared.fill(0);
      assert.equal(verified.type, "invoice.paid");
    }
  }
});

test("of several secrets the one that matches is told", () => {
  const other = "whsec_c2Vjb25kLXNlY3JldC1vZi10aGUtZW5kcG9p";
  assert.equal(verify({ ...request, secret: [other, SECRET] }).keyIndex, 1);
  assert.throws(() => verify({ ...request, secret: other }), { code: "signature_mismatch", data: { signatures: 1, secrets: 1 } });
});

test("the keys that are remembered are those of the same set-up", () => {
  const secrets = Array.from({ length: 200 }, (_, index) => `secret-number-${index}`);
  for (const secret of [...secrets, ...secrets]) {
    const signature = `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
    assert.equal(verify({ scheme: "github", secret, headers: { "x-hub-signature-256": signature }, body }).type, undefined);
    assert.throws(() => verify({ scheme: "github", secret: `${secret}!`, headers: { "x-hub-signature-256": signature }, body }), { code: "signature_mismatch" });
  }
});

test("keys that are no longer remembered are given back at once, and prepared again for an event that asks", () => {
  const forgotten = [];
  const { module, verify } = loaded("hookgate", { threshold: 0, forget: (pad) => forgotten.push(pad) });
  const judge = (index) => {
    const secret = `secret-number-${index}`;
    return verify({ scheme: "github", secret, headers: { "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`, "x-github-event": "push" }, body: bytes });
  };
  const first = judge(0);
  for (let index = 1; index < 200; index += 1) judge(index);
  assert.ok(module.prepare({ scheme: "github", secrets: [SECRET] }).number <= 65, "a place among the 64 that are remembered, or the next");
  assert.equal(forgotten.length, 200 - 64);
  assert.ok(forgotten.every((pad) => pad.length === 64 && pad.every((byte) => byte === 0)), "the blocks of their keys are wiped");
  assert.equal(first.type, "push");
});

test("the block of a key that is given back does not stay beside the bodies that were hashed with it", () => {
  const { forget, inner } = host();
  const pads = [new Uint8Array(64).fill(1), new Uint8Array(64).fill(2)];
  const hashed = (pad) => inner("sha256", pad, new Uint8Array(0), 0, 0, "body", 0, 0);
  const [one, two] = pads.map(hashed);
  assert.notEqual(one, two);
  assert.equal(hashed(pads[0]), one);
  forget(pads[0]);
  // Of the same bytes as before it was wiped, and yet another block.
  pads[0].fill(2);
  assert.equal(hashed(pads[0]), two);
});

test("a secret that reads differently each time stands for no other's key", () => {
  const [own, foreign] = [SECRET, `whsec_${Buffer.from("another secret of another endpoint").toString("base64")}`];
  const secrets = [own, own, foreign, foreign, foreign];
  const changing = { ...request, get secret() { return [secrets.shift() ?? foreign]; } };
  try { verify(changing); } catch { /* whichever it read */ }
  const forged = createHmac("sha256", Buffer.from(foreign.slice(6), "base64")).update(`msg_1.${NOW}.${body}`).digest("base64");
  assert.throws(() => verify({ ...request, secret: [own], headers: { ...headers, "webhook-signature": `v1,${forged}` } }), { code: "signature_mismatch" });
});

test("an option that there is not is refused, and one that is inherited counts", () => {
  assert.throws(() => new Verifier({ scheme: "hmac", secret: SECRET, options: { heeder: "X-Own" } }), /options\.heeder/);
  const signedBy = (header) => ({ scheme: "hmac", secret: "a secret of some length", body, now: NOW, options: Object.create({ header }), headers: { "X-A": createHmac("sha256", "a secret of some length").update(body).digest("hex") } });
  assert.equal(verify(signedBy("X-A")).scheme, "hmac");
  assert.throws(() => verify(signedBy("X-B")), { code: "missing_header" });
});

test("a large text takes no more memory than its bytes, and one beyond all bounds is refused", () => {
  const { module, verify } = loaded("hookgate", undefined);
  const large = { scheme: "gitlab", secret: "a token of some length", headers: { "X-Gitlab-Token": "another of some length" }, body: "x".repeat(20 << 20), now: NOW };
  assert.throws(() => verify(large), { code: "signature_mismatch" });
  assert.ok(module.memoryBytes() < 40 << 20, `${module.memoryBytes() >> 20} MiB`);
  assert.throws(() => verify({ ...large, body: new Uint8Array(513 << 20) }), RangeError);
  assert.throws(() => verify({ ...large, body: "{}" }), { code: "signature_mismatch" });
});

test("a scheme that is described verifies as a built-in one", () => {
  const scheme = {
    name: "acme",
    algorithm: { hmac: "sha256" },
    secret: { raw: { minimum: 16 } },
    signature: { header: "Acme-Signature" },
    grammar: { fields: { separator: ",", signature: "v1", repeats: true } },
    encoding: "hex",
    message: ["timestamp", { literal: "." }, "body"],
    timestamp: { place: { field: "t" }, unit: "seconds", tolerance: 120 },
    event_type: [{ pointer: "/type" }],
  };
  const signature = createHmac("sha256", SECRET).update(`${NOW}.${body}`).digest("hex");
  const verified = verify({ ...request, scheme, headers: { "acme-signature": `t=${NOW},v1=${signature}` } });
  assert.deepEqual([verified.scheme, verified.type], ["acme", "invoice.paid"]);
  assert.throws(() => verify({ ...request, scheme: { name: "acme" } }), { code: "invalid_scheme" });
});

test("explain names the cause", () => {
  const { refusal, causes, checks, report } = explain({ ...request, body: JSON.stringify(JSON.parse(body), null, 1) });
  assert.equal(refusal, "signature_mismatch");
  assert.ok(causes[0].certain && checks.length > 3 && report.includes(causes[0].code));
  assert.equal(explain(request).refusal, undefined);
});

test("a handshake is answered, and an event is none", () => {
  const meta = { scheme: "meta", secret: SECRET, verifyToken: "token", headers: {}, method: "GET" };
  const url = "https://example.com/in?hub.mode=subscribe&hub.challenge=123&hub.verify_token=";
  const reply = handshake({ ...meta, url: `${url}token` });
  assert.deepEqual([reply.kind, reply.status, reply.body], ["answer", 200, "123"]);
  assert.throws(() => handshake({ ...meta, url: `${url}other` }), { code: "verify_token_mismatch" });
  assert.equal(handshake({ ...meta, method: "POST", url: "https://example.com/in", body: "{}" }), undefined);
});

test("a certificate that is missing is asked for by its address", () => {
  const paypal = {
    scheme: "paypal",
    secret: "8PT597110X687430LKGECATA",
    headers: {
      "paypal-transmission-id": "69cd13f0-d67a-11e5-baa3-778b53f4ae55",
      "paypal-transmission-time": "2026-03-17T09:00:00Z",
      "paypal-transmission-sig": "AAAA",
      "paypal-auth-algo": "SHA256withRSA",
      "paypal-cert-url": "https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-7a8abba8",
    },
    body: "{}",
    now: NOW,
  };
  assert.throws(() => verify(paypal), { code: "needs_certificate", status: 503, url: paypal.headers["paypal-cert-url"] });
  const verifier = new Verifier({ scheme: "paypal", secret: paypal.secret });
  assert.throws(() => verifier.addCertificate(paypal.headers["paypal-cert-url"], "none", { now: NOW }), { code: "unusable_certificate" });
});

test("what the small build lacks says where it is", () => {
  const verifier = new hmac.Verifier({ scheme: "standard", secret: SECRET });
  assert.deepEqual(verifier.verify(request).toJSON(), event);
  assert.throws(() => verifier.sign({ id: "msg_1", body }), /`sign` is not in `hookgate\/hmac`/);
  assert.throws(() => verifier.handshake({ headers, method: "GET", url: "" }), /`handshake` is not in/);
  assert.throws(() => verifier.addCertificate("", ""), /`addCertificate` is not in/);
});
