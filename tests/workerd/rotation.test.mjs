/** A secret that is rotated: who accepts what, in the eyes of the public libraries. */
import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { after, before, test } from "node:test";

import { Webhook } from "standardwebhooks";

import { client } from "./kit/client.mjs";
import { startReceiver } from "./kit/receiver.mjs";
import { startHookgate } from "./kit/runtime.mjs";

let hookgate, api, receiver;
before(async () => {
  receiver = await startReceiver();
  hookgate = await startHookgate();
  api = client(hookgate);
});
after(async () => {
  await hookgate?.stop();
  await receiver?.stop();
});

async function endpoint(name, fields = {}) {
  await api.create("/api/v1/app", { name, uid: name });
  const { id } = await api.create(`/api/v1/app/${name}/endpoint`, { url: `${receiver.url}/${name}`, ...fields });
  const path = `/api/v1/app/${name}/endpoint/${id}`;
  let sent = 0;
  return {
    path,
    secret: async () => (await api.get(`${path}/secret`)).key,
    rotate: (body) => api.expect(204, "POST", `${path}/secret/rotate`, body),
    async send() {
      await api.expect(202, "POST", `/api/v1/app/${name}/msg`, { eventType: "a", payload: { n: ++sent } });
      return (await receiver.wait(`/${name}`, sent))[sent - 1];
    },
  };
}

const accepts = (secret, { headers, body }) => {
  try {
    new Webhook(secret).verify(body.toString(), headers);
    return true;
  } catch (error) {
    assert.equal(error.constructor.name, "WebhookVerificationError");
    return false;
  }
};

test("receivers of either secret accept what is sent during a rotation", async () => {
  const rotating = await endpoint("rotating");
  const first = await rotating.secret();
  await rotating.rotate({});
  const second = await rotating.secret();
  assert.notEqual(first, second);
  const request = await rotating.send();
  assert.deepEqual([accepts(first, request), accepts(second, request)], [true, true]);
});

test("a rotation from a shared secret to a key pair signs for the receivers of both", async () => {
  const rotating = await endpoint("both-kinds");
  const shared = await rotating.secret();
  await rotating.rotate({ secretType: "ed25519" });
  const request = await rotating.send();
  assert.match(request.headers["webhook-signature"], /^v1a,\S+ v1,\S+$/);
  assert.equal(accepts(shared, request), true, "the public library takes the signature that it knows");
});

test("a secret that is rotated without grace signs nothing any more", async () => {
  const rotating = await endpoint("at-once");
  const first = await rotating.secret();
  const key = `whsec_${Buffer.alloc(32, 9).toString("base64")}`;
  await rotating.rotate({ key, gracePeriodSeconds: 0 });
  assert.equal(await rotating.secret(), key);
  const request = await rotating.send();
  assert.deepEqual([accepts(first, request), accepts(key, request)], [false, true]);
});

test("a key pair shows its public half alone, and a standard source that knows it accepts", async () => {
  const rotating = await endpoint("pair", { secretType: "ed25519" });
  const publicKey = await rotating.secret();
  assert.match(publicKey, /^whpk_[A-Za-z0-9+/]{43}=$/);
  const request = await rotating.send();
  assert.match(request.headers["webhook-signature"], /^v1a,[A-Za-z0-9+/]{86}==$/);
  // As the specification says it, by a library that knows no webhooks.
  const { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": signature } = request.headers;
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: Buffer.from(publicKey.slice("whpk_".length), "base64").toString("base64url") }, format: "jwk" });
  const signs = (body) => verify(null, Buffer.concat([Buffer.from(`${id}.${at}.`), body]), key, Buffer.from(signature.slice("v1a,".length), "base64"));
  assert.deepEqual([signs(request.body), signs(Buffer.concat([request.body, Buffer.from(" ")]))], [true, false]);
  await api.source("pair-in", "standard", publicKey);
  const answer = await fetch(`${hookgate.url}/in/pair-in`, {
    method: "POST",
    headers: Object.fromEntries(["content-type", "webhook-id", "webhook-timestamp", "webhook-signature"].map((name) => [name, request.headers[name]])),
    body: request.body,
  });
  assert.equal(answer.status, 200);
});

test("a rotation that cannot be is refused and changes nothing", async () => {
  const rotating = await endpoint("refusing");
  const before = await rotating.secret();
  for (const [body, where] of [
    [{ gracePeriodSeconds: 604_801 }, "gracePeriodSeconds"],
    [{ key: "whsec_short" }, "key"],
    [{ key: `whpk_${Buffer.alloc(32, 1).toString("base64")}` }, "key"],
  ]) {
    const answer = await api.call("POST", `${rotating.path}/secret/rotate`, body);
    assert.equal(answer.status, 422, JSON.stringify(body));
    assert.ok(JSON.stringify(answer.body.detail).includes(where));
  }
  assert.equal(await rotating.secret(), before);
  for (let n = 0; n < 10; n += 1) await rotating.rotate({});
  assert.equal((await api.call("POST", `${rotating.path}/secret/rotate`, {})).status, 400);
});
