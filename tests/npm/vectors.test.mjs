/** The vectors, in both builds and on every way that a body can take. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";

import { hmac, hookgate, host, loaded, NOW, SECRET, vectors } from "./kit.mjs";
import { judgeKeys, judgeSigned, judgeVectors } from "./suite.mjs";

for (const [name, api] of [["hookgate", hookgate], ["hookgate-hmac", hmac]]) {
  test(`${name}: the vectors have their verdicts`, () => {
    const { judged, wrong } = judgeVectors(api, vectors("vectors"));
    assert.deepEqual(wrong, []);
    assert.ok(judged > 150, `${judged} vectors`);
  });

  test(`${name}: the verdict depends neither on who hashes nor on what the module was compiled for`, () => {
    const { report } = judgeVectors(api, vectors("vectors"));
    for (const changes of [undefined, { threshold: 0 }, { threshold: 300 }]) {
      assert.equal(judgeVectors(loaded(name, changes), vectors("vectors")).report, report);
    }
  });
}

test("the vectors of public keys have their verdicts, also those whose certificate is asked for", () => {
  const { judged, wrong } = judgeKeys(hookgate, vectors("vectors-asymmetric"));
  assert.deepEqual(wrong, []);
  assert.ok(judged > 30, `${judged} vectors`);
});

test("what was signed as the providers' documents say is valid", () => {
  const { judged, wrong } = judgeSigned(hookgate, vectors("signed"));
  assert.deepEqual(wrong, []);
  assert.ok(judged > 50, `${judged} vectors`);
});

test("the host is asked for what it is faster at, and for nothing else", () => {
  let asked = 0;
  const counting = (...of) => {
    asked += 1;
    return host().inner(...of);
  };
  const { verify } = loaded("hookgate", { threshold: 1000, inner: counting });
  const judge = (length) => {
    const body = "x".repeat(length);
    const signature = `sha256=${createHmac("sha256", SECRET).update(body).digest("hex")}`;
    return verify({ scheme: "github", secret: SECRET, headers: { "x-hub-signature-256": signature }, body });
  };
  judge(999);
  assert.equal(asked, 0);
  judge(1000);
  assert.equal(asked, 1);
});

for (const [way, changes] of [["in WebAssembly", undefined], ["by the host", { threshold: 0 }]]) {
  test(`every length around the blocks of the hashes verifies ${way}, as text and as bytes`, () => {
    const { Verifier } = loaded("hookgate", changes);
    for (const algorithm of ["md5", "sha1", "sha256", "sha384", "sha512"]) {
      for (const secret of [SECRET, "k".repeat(64), "k".repeat(65), "k".repeat(128), "k".repeat(200)]) {
        const verifier = new Verifier({ scheme: "hmac", secret, options: { header: "x-signature", algorithm, encoding: "hex" } });
        for (const length of [0, 1, 54, 55, 56, 63, 64, 65, 111, 112, 127, 128, 129, 300, 8191, 8192, 8193, 20_000]) {
          const body = "é".repeat(length >> 1) + "a".repeat(length & 1);
          const headers = { "X-Signature": createHmac(algorithm, secret).update(body).digest("hex") };
          verifier.verify({ headers, body, now: NOW });
          const bytes = Buffer.from(body);
          verifier.verify({ headers, body: bytes, now: NOW });
          if (length === 0) continue;
          bytes[bytes.length - 1] ^= 1;
          assert.throws(() => verifier.verify({ headers, body: bytes, now: NOW }), { code: "signature_mismatch" });
        }
      }
    }
  });

  test(`half of a pair of UTF-16 counts as the character that replaces it, ${way}`, () => {
    const { verify } = loaded("hookgate", changes);
    for (const body of ["\ud800", `a${"\udc00".repeat(5000)}`]) {
      const headers = { "x-hub-signature-256": `sha256=${createHmac("sha256", SECRET).update(Buffer.from(body)).digest("hex")}` };
      assert.equal(verify({ scheme: "github", secret: SECRET, headers, body }).scheme, "github");
    }
  });
}

test("what stands before and behind a large body is hashed with it", () => {
  const [inside, outside] = [loaded("hookgate"), loaded("hookgate", { threshold: 0 })];
  const body = "x".repeat(20_000);
  for (const scheme of ["box", "hubspot", "slack", "square", "standard"]) {
    const sent = hookgate.sign({ scheme, secret: SECRET, id: "msg_1", body, url: "https://example.com/in", now: NOW });
    const request = { scheme, secret: SECRET, headers: sent.headers, body, url: sent.url, now: NOW };
    const changed = { ...request, body: `y${body.slice(1)}` };
    for (const { verify } of [inside, outside]) {
      assert.equal(verify(request).scheme, scheme);
      assert.throws(() => verify(changed), { code: "signature_mismatch" }, scheme);
    }
  }
});

test("a host that fails is an error of its own, and no verdict; the next request is judged", () => {
  let fails = true;
  const inner = (...of) => {
    if (fails) throw new RangeError("out of order");
    return host().inner(...of);
  };
  const { verify } = loaded("hookgate", { threshold: 0, inner });
  const body = "{}";
  const headers = { "x-hub-signature-256": `sha256=${createHmac("sha256", SECRET).update(body).digest("hex")}` };
  assert.throws(() => verify({ scheme: "github", secret: SECRET, headers, body }), RangeError);
  fails = false;
  assert.equal(verify({ scheme: "github", secret: SECRET, headers, body }).keyIndex, 0);
});

test("a host that answers another hash is a mismatch", () => {
  for (const answer of ["", "\0".repeat(32), "\0".repeat(31)]) {
    const { verify } = loaded("hookgate", { threshold: 0, inner: () => answer });
    const headers = { "x-hub-signature-256": `sha256=${createHmac("sha256", SECRET).update("").digest("hex")}` };
    assert.throws(() => verify({ scheme: "github", secret: SECRET, headers, body: "" }), { code: "signature_mismatch" });
  }
});

test("a host that answers more than a hash is an error, and writes nothing", () => {
  const { verify } = loaded("hookgate", { threshold: 0, inner: () => "x".repeat(65) });
  assert.throws(() => verify({ scheme: "github", secret: SECRET, headers: { "x-hub-signature-256": `sha256=${"0".repeat(64)}` }, body: "" }), RangeError);
});

test("what is signed verifies, for every scheme of a secret", () => {
  const forms = new Set(["twilio", "vonage-legacy", "plivo", "plivo-v1"]);
  let signed = 0;
  for (const { name: scheme } of hookgate.schemes()) {
    const contentType = forms.has(scheme) ? "application/x-www-form-urlencoded" : "application/json";
    const body = forms.has(scheme) ? "a=1&b=2" : '{"type":"a.b","webhookTimestamp":1773738000000}';
    const event = { id: "msg_1", type: "a.b", method: "POST", url: "https://example.com/in", contentType, body, now: NOW };
    let sent;
    try {
      sent = hookgate.sign({ scheme, secret: SECRET, ...event });
    } catch (error) {
      // Of another form: keys, credentials, hexadecimal.
      assert.ok(["malformed_secret", "unusable_key", "short_secret"].includes(error.code), `${scheme}: ${error.code}`);
      continue;
    }
    const headers = { ...sent.headers, "content-type": contentType };
    for (const { verify } of [loaded("hookgate"), loaded("hookgate", { threshold: 0 })]) {
      assert.equal(verify({ scheme, secret: SECRET, headers, body: sent.body, url: sent.url, method: "POST", now: NOW }).scheme, scheme);
    }
    signed += 1;
  }
  assert.ok(signed > 45, `${signed} schemes`);
});

test("a verifier that was released is told, and its number is used again", () => {
  const { module } = loaded("hookgate");
  const setup = { scheme: "github", secrets: [SECRET] };
  const { number } = module.prepare(setup);
  module.release(number);
  module.release(number);
  assert.throws(() => module.judge(number, { lines: [], body: "" }, NOW), { code: "unknown_verifier" });
  assert.equal(module.prepare(setup).number, number);
});

test("the room of a large body is used again", () => {
  const { Verifier, module } = loaded("hookgate");
  const verifier = new Verifier({ scheme: "github", secret: SECRET });
  const headers = { "x-hub-signature-256": `sha256=${"0".repeat(64)}` };
  const judge = (body) => assert.throws(() => verifier.verify({ headers, body }), { code: "signature_mismatch" });
  judge(new Uint8Array(25 << 20));
  judge("");
  const after = module.memoryBytes();
  for (let round = 0; round < 20; round += 1) {
    judge(new Uint8Array(25 << 20));
    judge("");
  }
  assert.equal(module.memoryBytes(), after, "the room is used again");
});
