/** The four stores of `dedup`, keys of one's own, and bodies of several events. */
import assert from "node:assert/strict";
import { createHmac, createSign, generateKeyPairSync, randomUUID } from "node:crypto";
import { after, before, test } from "node:test";

import { client, post } from "./kit/client.mjs";
import { fresh, nowSecs, PROVIDERS } from "./kit/providers.mjs";
import { startReceiver } from "./kit/receiver.mjs";
import { startHookgate, until } from "./kit/runtime.mjs";

const SECRET = "a-secret-of-some-length-0123456789";
const sendgridKeys = generateKeyPairSync("ec", { namedCurve: "P-256" });
const sendgridKey = sendgridKeys.publicKey.export({ format: "der", type: "spki" }).toString("base64");
let hookgate, receiver, api;

before(async () => {
  [hookgate, receiver] = await Promise.all([startHookgate(), startReceiver()]);
  api = client(hookgate);
});

after(() => Promise.all([hookgate?.stop(), receiver?.stop()]));

for (const store of ["kv", "durable_object", "both"]) {
  test(`with ${store} an event that is sent again is a duplicate, and arrives once`, async () => {
    const name = `again-${store}`;
    await source(name, "stripe", PROVIDERS.stripe.secret, { store });
    const event = await fresh("stripe");
    const first = await post(hookgate, name, event);
    assert.deepEqual([first.status, first.body.status], [200, "accepted"]);
    const second = await post(hookgate, name, event);
    assert.deepEqual([second.status, second.body], [200, { status: "duplicate", id: first.body.id }]);
    const last = await post(hookgate, name, await fresh("stripe"));
    const arrived = await receiver.wait(`/${name}`, 2);
    assert.deepEqual(
      arrived.map((delivery) => delivery.headers["webhook-id"]).sort(),
      [first.body.id, last.body.id].sort(),
    );
    assert.equal(arrived.find((each) => each.headers["webhook-id"] === first.body.id).body.toString(), event.body);
  });

  test(`with ${store} a captured retry of a provider cannot be sent again under another id`, async () => {
    const name = `captured-${store}`;
    await source(name, "visibuild", PROVIDERS.visibuild.secret, { store });
    // Visibuild signs its timestamp, and not the header of its id.
    const sent = (now, id) => {
      const event = PROVIDERS.visibuild.sign(PROVIDERS.visibuild.secret, now, "evt_1");
      return { ...event, headers: { ...event.headers, "x-visibuild-delivery": id } };
    };
    const [first, retry] = [sent(nowSecs() - 2, "delivery-1"), sent(nowSecs(), "delivery-1")];
    assert.equal((await post(hookgate, name, first)).body.status, "accepted");
    assert.equal((await post(hookgate, name, retry)).body.status, "duplicate");
    const replayed = { ...retry, headers: { ...retry.headers, "x-visibuild-delivery": "delivery-forged" } };
    assert.equal((await post(hookgate, name, replayed)).body.status, "duplicate");
  });
}

test("with none every copy is accepted, and arrives", async () => {
  await source("again-none", "stripe", PROVIDERS.stripe.secret, { store: "none" });
  const event = await fresh("stripe");
  const answers = [await post(hookgate, "again-none", event), await post(hookgate, "again-none", event)];
  assert.deepEqual(answers.map((answer) => answer.body.status), ["accepted", "accepted"]);
  const arrived = await receiver.wait("/again-none", 2);
  assert.deepEqual(
    arrived.map((delivery) => delivery.headers["webhook-id"]).sort(),
    answers.map((answer) => answer.body.id).sort(),
  );
});

test("a key of one's own, from the body or a header, tells events apart in place of the id", async () => {
  await source("by-pointer", "stripe", PROVIDERS.stripe.secret, { key: { pointer: "/object" } });
  // Every event of Stripe's is an `event`: by this key all are one.
  assert.equal((await post(hookgate, "by-pointer", await fresh("stripe"))).body.status, "accepted");
  assert.equal((await post(hookgate, "by-pointer", await fresh("stripe"))).body.status, "duplicate");

  await source("by-header", "stripe", PROVIDERS.stripe.secret, { key: { header: "X-Attempt-Of" } });
  const under = (event, key) => ({ ...event, headers: { ...event.headers, "x-attempt-of": key } });
  const event = await fresh("stripe");
  assert.equal((await post(hookgate, "by-header", under(event, "a"))).body.status, "accepted");
  assert.equal((await post(hookgate, "by-header", under(await fresh("stripe"), "a"))).body.status, "duplicate");
  // A header is not signed: the first copy's signature is claimed with it, renamed or left out.
  assert.equal((await post(hookgate, "by-header", under(event, "b"))).body.status, "duplicate");
  assert.equal((await post(hookgate, "by-header", event)).body.status, "duplicate");
  assert.equal((await post(hookgate, "by-header", under(await fresh("stripe"), "c"))).body.status, "accepted");
});

test("a key that is no place, and a life that is too short or too long, are refused", async () => {
  const base = { name: "refused", type: "stripe", config: { secret: PROVIDERS.stripe.secret } };
  for (const [dedup, field] of [
    [{ key: { header: "a b" } }, "dedup.key"],
    [{ key: { pointer: "id" } }, "dedup.key"],
    [{ ttlSecs: 59 }, "dedup.ttlSecs"],
    [{ ttlSecs: 2_592_001 }, "dedup.ttlSecs"],
    [{ ttlSecs: 599 }, "dedup.ttlSecs"],
    [{ shards: 0 }, "dedup.shards"],
  ]) {
    const answer = await api.call("POST", "/ingest/api/v1/source", { ...base, dedup });
    assert.deepEqual([answer.status, answer.body.detail?.[0].loc], [422, ["body", field]], JSON.stringify(dedup));
  }
});

for (const store of ["both", "durable_object", "kv", "none"]) {
  test(`with ${store} the events of one body are admitted each on its own, in their own bytes`, async () => {
    const name = `batch-${store}`;
    await source(name, "sendgrid", sendgridKey, { store });
    const parts = ["open", "click", "bounce"].map((event) => ({ email: "a@example.com", event, sg_event_id: randomUUID(), text: "Zürich" }));
    const first = await post(hookgate, name, sendgrid(parts));
    assert.deepEqual([first.status, first.body], [200, { status: "accepted", id: first.body.id, accepted: 3, duplicates: 0 }]);
    const arrived = await receiver.wait(`/${name}`, 3);
    assert.deepEqual(arrived.map((delivery) => delivery.body.toString()).sort(), parts.map((part) => JSON.stringify(part)).sort());
    const messages = await api.messages(name);
    assert.deepEqual(messages.map((message) => message.eventId).sort(), parts.map((part) => part.sg_event_id).sort());
    assert.deepEqual(messages.map((message) => message.eventType).sort(), ["bounce", "click", "open"]);
    if (store === "none") return;

    // The same events in another company: only the new one is admitted.
    const fourth = { ...parts[0], sg_event_id: randomUUID() };
    const second = await post(hookgate, name, sendgrid([parts[2], fourth, parts[0]]));
    assert.deepEqual([second.body.accepted, second.body.duplicates], [1, 2]);
    const again = await post(hookgate, name, sendgrid(parts));
    assert.deepEqual([again.body.status, again.body.duplicates], ["duplicate", 3]);
    await receiver.wait(`/${name}`, 4);
    assert.equal(receiver.at(`/${name}`).length, 4);
  });
}

test("a body of a thousand events is admitted, and every one of them arrives", async () => {
  await source("thousand", "sendgrid", sendgridKey, {}, false);
  const parts = Array.from({ length: 1000 }, (_, at) => ({ event: "open", sg_event_id: `event-${at}` }));
  const answer = await post(hookgate, "thousand", sendgrid(parts));
  assert.deepEqual([answer.status, answer.body.accepted], [200, 1000]);
  const listed = await until(async () => {
    const found = new Set();
    let path = "/api/v1/app/thousand/msg?limit=250";
    for (let iterator = ""; ; ) {
      const page = await api.get(path + (iterator && `&iterator=${iterator}`));
      page.data.forEach((message) => found.add(message.eventId));
      if (page.done) return found.size === 1000 ? found : undefined;
      iterator = page.iterator;
    }
  }, 60_000);
  assert.ok(parts.every((part) => listed.has(part.sg_event_id)));
});

test("a source that does not split takes the body as one event", async () => {
  await api.source("whole", "sendgrid", sendgridKey, { url: `${receiver.url}/whole` }, { splitBatches: false });
  const event = sendgrid([{ event: "open", sg_event_id: "a" }, { event: "click", sg_event_id: "b" }]);
  const first = await post(hookgate, "whole", event);
  assert.deepEqual(first.body, { status: "accepted", id: first.body.id });
  assert.equal((await post(hookgate, "whole", event)).body.status, "duplicate");
  const [delivery] = await receiver.wait("/whole", 1);
  assert.equal(delivery.body.toString(), event.body);
});

test("the changes of one of Meta's bodies are admitted each on its own", async () => {
  await source("meta", "meta", SECRET);
  const change = (id) => ({ field: "messages", value: { messages: [{ id }] } });
  const body = JSON.stringify({ object: "whatsapp_business_account", entry: [{ id: "1", changes: [change("wamid.1"), change("wamid.2")] }] });
  const signature = `sha256=${createHmac("sha256", SECRET).update(body).digest("hex")}`;
  const answer = await post(hookgate, "meta", { headers: { "x-hub-signature-256": signature }, body });
  assert.deepEqual([answer.body.accepted, answer.body.duplicates], [2, 0]);
});

test("a form of several parts is taken where it is signed, byte for byte", async () => {
  await source("inbound", "sendgrid-inbound", sendgridKey);
  const body = ["--x", 'content-disposition: form-data; name="subject"', "", "Grüße", "--x--", ""].join("\r\n");
  const event = signedBySendgrid(body);
  event.headers["content-type"] = "multipart/form-data; boundary=x";
  assert.equal((await post(hookgate, "inbound", event)).body.status, "accepted");
  assert.equal((await post(hookgate, "inbound", event)).body.status, "duplicate");
  const [delivery] = await receiver.wait("/inbound", 1);
  assert.deepEqual([delivery.body.toString(), delivery.headers["content-type"]], [body, "multipart/form-data; boundary=x"]);
});

const source = (name, type, secret, dedup = {}, delivers = true) =>
  api.source(name, type, secret, delivers ? { url: `${receiver.url}/${name}` } : undefined, { dedup });

/** https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features */
const sendgrid = (events) => signedBySendgrid(JSON.stringify(events));

function signedBySendgrid(body) {
  const now = `${nowSecs()}`;
  const signature = createSign("sha256").update(now + body).sign(sendgridKeys.privateKey, "base64");
  return {
    headers: { "x-twilio-email-event-webhook-signature": signature, "x-twilio-email-event-webhook-timestamp": now },
    body,
  };
}
