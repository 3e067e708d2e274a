/** Bodies that do not fit a queue message: verified on their way to R2, delivered from there. */
import assert from "node:assert/strict";
import { createHash, createHmac, randomUUID } from "node:crypto";
import { readFileSync, readdirSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { Webhook as StandardWebhook } from "standardwebhooks";

import { autopsy } from "./kit/autopsy.mjs";
import { objects } from "./kit/bucket.mjs";
import { client, post } from "./kit/client.mjs";
import { PROVIDERS, nowSecs } from "./kit/providers.mjs";
import { startReceiver } from "./kit/receiver.mjs";
import { startHookgate, until } from "./kit/runtime.mjs";

const MIB = 1024 * 1024;
const LARGEST = 25 * MIB;
/** Of 25 MiB, and asked for with every look: each is hashed once. */
const hashes = new WeakMap();
const sha256 = (bytes) => {
  if (!hashes.has(bytes)) hashes.set(bytes, createHash("sha256").update(bytes).digest("hex"));
  return hashes.get(bytes);
};
const hmac = (secret, ...parts) => parts.reduce((hash, part) => hash.update(part), createHmac("sha256", secret));

/** A JSON document of so many bytes, its type at the very end. */
function body(bytes, id) {
  const before = Buffer.from(`{"id":"${id}","data":{"object":{"pad":"`);
  const behind = Buffer.from(`"}},"type":"invoice.paid"}`);
  const pad = Buffer.alloc(bytes - before.length - behind.length);
  for (let at = 0; at < pad.length; at += 1) pad[at] = 97 + ((at * 7 + (at >> 9)) % 26);
  return Buffer.concat([before, pad, behind]);
}

/** As each provider signs: streamed by nobody, byte for byte what goes over the wire. */
const SIGN = {
  stripe: (secret, bytes, now) => ({ "stripe-signature": `t=${now},v1=${hmac(secret, `${now}.`, bytes).digest("hex")}` }),
  github: (secret, bytes, _now, id) => ({
    "x-github-event": "push",
    "x-github-delivery": id,
    "x-hub-signature-256": `sha256=${hmac(secret, bytes).digest("hex")}`,
  }),
  standard: (secret, bytes, now, id) => {
    const key = Buffer.from(secret.slice("whsec_".length), "base64");
    const signature = hmac(key, `${id}.${now}.`, bytes).digest("base64");
    return { "webhook-id": id, "webhook-timestamp": `${now}`, "webhook-signature": `v1,${signature}` };
  },
};

function large(scheme, bytes, { id = `evt_${randomUUID()}`, now = nowSecs() } = {}) {
  const payload = body(bytes, id);
  return { id, headers: SIGN[scheme](PROVIDERS[scheme].secret, payload, now, id), body: payload };
}

let hookgate, receiver, api;
const secrets = {};

before(async () => {
  [hookgate, receiver] = await Promise.all([startHookgate(), startReceiver()]);
  api = client(hookgate);
  // Eight deliveries of 25 MiB, on a machine with two cores and other work.
  const patient = { timeoutSecs: 30, retrySchedule: [0, 2, 2, 2, 2] };
  for (const scheme of ["stripe", "github", "standard"]) {
    await api.source(scheme, scheme, PROVIDERS[scheme].secret, { ...patient, url: `${receiver.url}/${scheme}` }, { bodyCap: LARGEST });
    secrets[scheme] = (await api.get(`/ingest/api/v1/source/${scheme}/endpoint/${scheme}/secret`)).key;
  }
  await api.source("small", "stripe", PROVIDERS.stripe.secret, undefined, { bodyCap: 200_000 });
  await api.source("batches", "meta", "meta-secret-0123456789", { url: `${receiver.url}/batches` }, { bodyCap: LARGEST });
});

after(() => Promise.all([hookgate?.stop(), receiver?.stop()]));

/** Waits for one delivery of this body at a path, and checks it as its receiver does. */
async function arrives(scheme, event) {
  const expected = sha256(event.body);
  const found = await until(
    () => receiver.at(`/${scheme}`).find((delivery) => sha256(delivery.body) === expected),
    60_000,
    () => `nothing arrived\n${autopsy(hookgate)}`,
  );
  assert.equal(found.headers["content-length"], `${event.body.length}`);
  if (event.body.length < 2 * MIB) new StandardWebhook(secrets[scheme]).verify(found.body.toString(), found.headers);
  const signed = hmac(Buffer.from(secrets[scheme].slice(6), "base64"), `${found.headers["webhook-id"]}.${found.headers["webhook-timestamp"]}.`, found.body);
  assert.equal(found.headers["webhook-signature"], `v1,${signed.digest("base64")}`);
  return found;
}

for (const scheme of ["stripe", "github", "standard"]) {
  test(`25 MiB of ${scheme} are delivered byte for byte`, async () => {
    const event = large(scheme, LARGEST);
    const answer = await post(hookgate, scheme, event);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    const id = answer.body.id;
    if (id) {
      const [key] = [...objects(hookgate).keys()].filter((known) => known.endsWith(`/${id}`));
      assert.match(key, /^inbox\/src_\w+\/msg_\w+$/);
      const message = await until(async () => (await api.messages(scheme)).find((message) => message.id === id));
      assert.deepEqual([message.payload, message.payloadR2Key], [{}, key]);
      assert.equal(message.eventId, scheme === "github" ? event.id : message.eventId);
    }
    const delivery = await arrives(scheme, event);
    if (id) assert.equal(delivery.headers["webhook-id"], id);
  });
}

test("id and type of a large event are read, wherever they stand", async () => {
  const event = large("stripe", 3 * MIB);
  const { body: answer } = await post(hookgate, "stripe", event);
  const message = await until(async () => (await api.messages("stripe")).find((message) => message.id === answer.id));
  assert.deepEqual([message.eventId, message.eventType], [event.id, "invoice.paid"]);
});

test("a large event with one byte changed is 401, and leaves nothing in R2", async () => {
  const before = objects(hookgate).size;
  for (const [scheme, at] of [["stripe", 100], ["github", 5 * MIB - 1], ["standard", 2 * MIB]]) {
    const event = large(scheme, 5 * MIB);
    event.body[at] ^= 1;
    const answer = await post(hookgate, scheme, event);
    assert.deepEqual([answer.status, answer.body.code], [401, "signature_mismatch"]);
  }
  assert.equal(objects(hookgate).size, before);
  const { data } = await api.get("/ingest/api/v1/source/stripe/log");
  assert.deepEqual([data[0].code, data[0].body_bytes], ["signature_mismatch", 5 * MIB], JSON.stringify(data[0]));
});

test("a large event that is too old is refused before its body is read", async () => {
  const before = objects(hookgate).size;
  const event = large("stripe", 200_000, { now: nowSecs() - 3600 });
  const answer = await post(hookgate, "stripe", event);
  assert.deepEqual([answer.status, answer.body.code], [401, "timestamp_too_old"]);
  assert.equal(objects(hookgate).size, before);
});

test("a large body over its source's cap is 413", async () => {
  const answer = await post(hookgate, "small", large("stripe", 200_001));
  assert.deepEqual([answer.status, answer.body.code], [413, "body_too_large"]);
  const over = large("stripe", LARGEST + 1);
  const url = `${hookgate.url}/in/stripe`;
  const headers = { ...over.headers, "content-type": "application/json" };
  const outcome = await fetch(url, { method: "POST", headers, body: over.body }).then((response) => response.status, () => "hung up");
  assert.ok([413, "hung up"].includes(outcome), `${outcome}`);
  assert.equal((await post(hookgate, "small", large("stripe", 200_000))).status, 200);
});

/** Sends without an announced length. */
async function chunked(source, event) {
  let at = 0;
  const stream = new ReadableStream({
    pull(controller) {
      if (at >= event.body.length) return controller.close();
      controller.enqueue(event.body.subarray(at, (at += 60_000)));
    },
  });
  const headers = { ...event.headers, "content-type": "application/json" };
  return fetch(`${hookgate.url}/in/${source}`, { method: "POST", headers, body: stream, duplex: "half" });
}

test("a large body without an announced length is delivered as well", async () => {
  const event = large("stripe", 7 * MIB);
  const response = await chunked("stripe", event);
  assert.equal(response.status, 200, await response.text());
  await arrives("stripe", event);
  const over = await chunked("small", large("stripe", 200_001));
  assert.deepEqual([over.status, (await over.json()).code], [413, "body_too_large"]);
});

for (const [how, announced] of [["an announced length", `content-length: ${LARGEST}`], ["none", "transfer-encoding: chunked"]]) {
  test(`bodies that trickle, with ${how}, keep no other large one out`, async () => {
    const genuine = () => chunked("stripe", large("stripe", 200_000));
    const forged = ["POST /in/batches HTTP/1.1", "host: x", "content-type: application/json", `x-hub-signature-256: sha256=${"0".repeat(64)}`, announced];
    const trickling = await Promise.all(Array.from({ length: 60 }, () => trickle(forged, 200_000)));
    try {
      await until(async () => (await genuine()).status === 200, 30_000, () => "there is room for none");
      assert.equal((await genuine()).status, 200);
    } finally {
      trickling.forEach((socket) => socket.destroy());
    }
  });
}

/** Begins a request, and sends so many bytes of its body and no more. */
async function trickle(lines, bytes) {
  const { hostname, port } = new URL(hookgate.url);
  const socket = connect(Number(port), hostname).on("error", () => {});
  const chunk = lines.includes("transfer-encoding: chunked") ? `${bytes.toString(16)}\r\n` : "";
  await new Promise((sent) => socket.write(`${lines.join("\r\n")}\r\n\r\n${chunk}${"x".repeat(bytes)}`, sent));
  return socket;
}

test("a duplicate of a large event is one delivery, and one object", async () => {
  const event = large("standard", 4 * MIB);
  const first = await post(hookgate, "standard", event);
  assert.equal(first.status, 200);
  await arrives("standard", event);
  const before = objects(hookgate).size;
  const copies = await Promise.all([1, 2, 3].map(() => post(hookgate, "standard", event)));
  assert.deepEqual(copies.map(({ status, body }) => [status, body.status, body.id]), Array(3).fill([200, "duplicate", first.body.id]));
  await until(() => objects(hookgate).size === before, 30_000, () => "the copies' objects stay");
  assert.equal(receiver.at("/standard").filter((delivery) => sha256(delivery.body) === sha256(event.body)).length, 1);
});

test("the body of an expunged message leaves R2 at once", async () => {
  const event = large("standard", 2 * MIB);
  const { body: answer } = await post(hookgate, "standard", event);
  await arrives("standard", event);
  const kept = () => [...objects(hookgate).keys()].some((key) => key.endsWith(`/${answer.id}`));
  assert.equal(kept(), true);
  await api.expect(204, "DELETE", `/api/v1/app/standard/msg/${answer.id}/content`);
  assert.equal(kept(), false);
  await api.expect(204, "DELETE", `/api/v1/app/standard/msg/${answer.id}/content`);
});

test("an event that fits its cap and no queue message is delivered, and so is each of a batch", async () => {
  // Every quote takes two bytes in the text of a message.
  const id = `evt_${randomUUID()}`;
  const payload = Buffer.from(JSON.stringify({ id, type: "large", pad: ["x".repeat(60_000), ...Array(20_000).fill("")] }));
  const event = { headers: SIGN.stripe(PROVIDERS.stripe.secret, payload, nowSecs()), body: payload };
  assert.equal((await post(hookgate, "stripe", event)).status, 200);
  await arrives("stripe", event);

  const entry = (number, pad) => ({ id: `${number}`, time: 1, changes: [{ field: "feed", value: { pad: "y".repeat(pad) } }] });
  const batch = Buffer.from(JSON.stringify({ object: "page", entry: [entry(1, 10), entry(2, 300_000), entry(3, 2_000_000)] }));
  const signature = `sha256=${hmac("meta-secret-0123456789", batch).digest("hex")}`;
  const answer = await post(hookgate, "batches", { headers: { "x-hub-signature-256": signature }, body: batch });
  assert.deepEqual([answer.status, answer.body.accepted], [200, 3]);
  const deliveries = await receiver.wait("/batches", 3);
  const events = [10, 300_000, 2_000_000].map((pad) => JSON.stringify({ field: "feed", value: { pad: "y".repeat(pad) } }));
  const byLength = (a, b) => a.length - b.length;
  assert.deepEqual(deliveries.map((delivery) => delivery.body.toString()).sort(byLength), events);
});

/** Bytes that the runtime has in memory: of WebAssembly, of JavaScript, of its own, of its R2. */
const resident = () =>
  hookgate
    .processes()
    .map((id) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, "utf8"))[1]) * 1024)
    .reduce((sum, bytes) => sum + bytes, 0);

test("eight of 25 MiB at once are accepted, in bounded memory", { timeout: 300_000 }, async () => {
  const events = Array.from({ length: 8 }, () => large("standard", LARGEST));
  let most = 0;
  const before = resident();
  assert.ok(before > 0, "no runtime");
  // Of no weight: a test that fails is not kept alive by its watch.
  const watch = setInterval(() => (most = Math.max(most, resident())), 20).unref();
  const answers = await Promise.all(events.map((event) => post(hookgate, "standard", event)));
  const accepted = most;
  assert.deepEqual(answers.map(({ status }) => status), Array(8).fill(200), JSON.stringify(answers.map(({ body }) => body)));
  for (const event of events) await arrives("standard", event);
  clearInterval(watch);
  const mib = (bytes) => `${Math.round(bytes / MIB)} MiB`;
  // The eight together are 200 MiB: whoever kept each whole, once, would have that much more.
  assert.ok(most - before < 100 * MIB, `${mib(before)} and then ${mib(most)}`);
  console.log(`workerd: ${mib(before)} before, ${mib(accepted)} while accepting 8 x 25 MiB, ${mib(most)} with their deliveries`);
});

test("a body whose event was never claimed is removed after a day, and no other", async () => {
  const event = large("stripe", 300_000);
  const { body: lost } = await post(hookgate, "stripe", event);
  await arrives("stripe", event);
  await hookgate.kill();
  // As if the power had gone between the put and the claim: R2 has the body, and nobody knows of it.
  const state = join(hookgate.folder, "state");
  const isClaim = (file) => /(Inbox|Application)Object\/.*\.sqlite/.test(file);
  const claims = readdirSync(state, { recursive: true }).filter(isClaim);
  assert.ok(claims.length > 1);
  claims.forEach((file) => rmSync(join(state, file)));

  hookgate = await startHookgate({ folder: hookgate.folder });
  api = client(hookgate);
  const { body: kept } = await post(hookgate, "stripe", large("stripe", 300_000));
  await until(async () => (await api.messages("stripe")).some((message) => message.id === kept.id));
  const has = (id) => [...objects(hookgate).keys()].some((key) => key.endsWith(`/${id}`));
  await hookgate.ringCron();
  assert.deepEqual([has(lost.id), has(kept.id)], [true, true]);
  const day = 86_400_000;
  await hookgate.ringCron(Date.now() + day + 3_600_000);
  await until(() => !has(lost.id), 30_000, () => `the orphan stays\n${hookgate.log().slice(-3000)}`);
  assert.ok(has(kept.id));
});

test("without R2 a large body is a clear 413, and nothing is half accepted", async () => {
  const bare = await startHookgate({ bucket: false });
  try {
    const api = client(bare);
    await api.source("stripe", "stripe", PROVIDERS.stripe.secret, undefined, { bodyCap: LARGEST });
    const quotes = Buffer.from(JSON.stringify({ id: "evt_1", pad: ["x".repeat(60_000), ...Array(20_000).fill("")] }));
    const fits = { headers: SIGN.stripe(PROVIDERS.stripe.secret, quotes, nowSecs()), body: quotes };
    for (const event of [large("stripe", 200_000), fits]) {
      const answer = await post(bare, "stripe", event);
      assert.deepEqual([answer.status, answer.body.code], [413, "body_too_large_for_queue"]);
      assert.match(answer.body.detail, /R2/);
    }
    assert.deepEqual(await api.messages("stripe"), []);
  } finally {
    await bare.stop();
  }
});
