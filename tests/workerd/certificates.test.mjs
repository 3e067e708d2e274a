/** Amazon SNS and PayPal, whose requests name a certificate that the gateway has to fetch. */
import assert from "node:assert/strict";
import { createSign, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { crc32 } from "node:zlib";

import { client } from "./kit/client.mjs";
import { startWithInternet } from "./kit/outbound.mjs";
import { until } from "./kit/runtime.mjs";

const fixture = (name) => readFileSync(new URL(`fixtures/${name}`, import.meta.url), "utf8");
const SNS = "https://sns.us-east-1.amazonaws.com";
const CERTIFICATE = `${SNS}/SimpleNotificationService-0123456789abcdef.pem`;
const PAYPAL_CERTIFICATE = "https://api.paypal.com/v1/notifications/certs/CERT-1";
const WEBHOOK = "1JE43199DV1234567";
const topic = (name) => `arn:aws:sns:us-east-1:123456789012:${name}`;
const subscriptions = new Map();
let hookgate, api;

before(async () => {
  hookgate = await startWithInternet(/\.(amazonaws|paypal)\.com$/, (url) => {
    if (url.href === CERTIFICATE) return { body: fixture("sns.pem") };
    if (url.href === PAYPAL_CERTIFICATE) return { body: fixture("paypal.pem") };
    if (url.searchParams.get("Action") === "ConfirmSubscription") {
      return { status: subscriptions.get(url.searchParams.get("Token")), body: "<ConfirmSubscriptionResponse/>" };
    }
    return { status: 404 };
  });
  api = client(hookgate);
});

after(() => hookgate?.stop());

test("a notification of SNS is accepted, and its certificate is fetched once for all of its topic", async () => {
  await api.source("sns", "aws-sns", topic("orders"));
  for (const expected of ["accepted", "accepted"]) {
    const answer = await send("sns", notification("orders"));
    assert.deepEqual([answer.status, answer.body.status], [200, expected]);
  }
  assert.equal(hookgate.asked.filter((url) => url === CERTIFICATE).length, 1);
  await until(async () => (await api.messages("sns")).length === 2);

  // Another source has to be handed the same certificate, and nobody is asked for it again.
  await api.source("sns-two", "aws-sns", topic("refunds"));
  assert.equal((await send("sns-two", notification("refunds"))).status, 200);
  assert.equal(hookgate.asked.filter((url) => url === CERTIFICATE).length, 1);
});

test("a notification of SNS with a changed message is refused", async () => {
  const message = { ...notification("orders"), Message: "another" };
  const answer = await send("sns", message);
  assert.deepEqual([answer.status, answer.body.code], [401, "signature_mismatch"]);
});

test("a refused notification is diagnosed with the certificate that the gateway has", async () => {
  await api.source("diagnosed", "aws-sns", topic("diagnosed"));
  const message = { ...notification("diagnosed"), Message: "another" };
  assert.equal((await send("diagnosed", message)).body.code, "signature_mismatch");
  const log = async () => (await api.get("/ingest/api/v1/source/diagnosed/log")).data;
  await until(async () => (await log()).length === 1);
  const [{ causes, checks }] = await log();
  assert.ok(!causes.some(({ code }) => code.includes("certificate")), JSON.stringify(causes));
  assert.deepEqual(checks.filter(({ name }) => name === "signature").map(({ verdict }) => verdict), ["failed"]);
});

test("a notification of another topic is refused, and nothing is fetched for it", async () => {
  const before = hookgate.asked.length;
  const answer = await send("sns", notification("others", { SigningCertURL: `${SNS}/SimpleNotificationService-aa.pem` }));
  assert.deepEqual([answer.status, answer.body.code], [401, "other_topic"]);
  assert.equal(hookgate.asked.length, before);
});

test("an address that is not Amazon's is refused, and not fetched", async () => {
  const before = hookgate.asked.length;
  for (const url of ["https://sns.us-east-1.amazonaws.com.evil.example/SimpleNotificationService-aa.pem", "http://169.254.169.254/x.pem"]) {
    const answer = await send("sns", notification("orders", { SigningCertURL: url }));
    assert.deepEqual([answer.status, answer.body.code], [401, "certificate_url"], url);
  }
  assert.equal(hookgate.asked.length, before);
});

test("a subscription is confirmed by the gateway, and answered 200 only once it is", async () => {
  await api.source("subscribed", "aws-sns", topic("subscribed"));
  subscriptions.set("refused", 500).set("taken", 200);
  const refused = await send("subscribed", confirmation("subscribed", "refused"));
  assert.deepEqual([refused.status, refused.body.code], [503, "subscription_not_confirmed"]);
  const taken = await send("subscribed", confirmation("subscribed", "taken"));
  assert.deepEqual([taken.status, taken.body], [200, undefined]);
  assert.equal(hookgate.asked.filter((url) => url.includes("Token=taken")).length, 1);
  assert.deepEqual(await api.messages("subscribed"), [], "a handshake is no message");
});

test("an ended subscription stays ended", async () => {
  const message = confirmation("subscribed", "ended", "UnsubscribeConfirmation");
  assert.equal((await send("subscribed", message)).status, 200);
  assert.ok(!hookgate.asked.some((url) => url.includes("Token=ended")));
});

test("an event of PayPal is accepted once, and one for another webhook is refused", async () => {
  await api.source("paypal", "paypal", WEBHOOK);
  const event = paypal(WEBHOOK);
  assert.equal((await post("paypal", event)).body.status, "accepted");
  assert.equal((await post("paypal", event)).body.status, "duplicate");
  const answer = await post("paypal", paypal("2AB00000000000000"));
  assert.deepEqual([answer.status, answer.body.code], [401, "signature_mismatch"]);
  assert.equal(hookgate.asked.filter((url) => url === PAYPAL_CERTIFICATE).length, 1);
});

test("forgeries that name ever new addresses make ten look-ups, and a certificate that is known still serves", async () => {
  await api.source("flooded", "aws-sns", topic("flooded"));
  assert.equal((await send("flooded", notification("flooded"))).status, 200);
  const before = hookgate.asked.length;
  for (let sent = 0; sent < 40; sent += 1) {
    const forged = notification("flooded", { SigningCertURL: `${SNS}/SimpleNotificationService-${sent.toString(16).padStart(8, "0")}.pem` });
    const answer = await send("flooded", forged);
    assert.deepEqual([answer.status, answer.body.code], [503, "certificate_unavailable"]);
    assert.equal(answer.headers.get("retry-after"), "5");
  }
  // One more comes back each six seconds.
  const lookedUp = hookgate.asked.length - before;
  assert.ok(lookedUp >= 9 && lookedUp <= 14, `${lookedUp} were fetched`);
  assert.equal((await send("flooded", notification("flooded"))).status, 200);
});

test("an address that answered 404 is not asked again at once", async () => {
  await api.source("missing", "aws-sns", topic("missing"));
  const url = `${SNS}/SimpleNotificationService-ffff.pem`;
  for (let sent = 0; sent < 3; sent += 1) {
    assert.equal((await send("missing", notification("missing", { SigningCertURL: url }))).status, 503);
  }
  assert.equal(hookgate.asked.filter((each) => each === url).length, 1);
});

/** As SNS sends it: JSON that calls itself text. */
const send = (source, message) =>
  post(source, {
    headers: { "content-type": "text/plain; charset=UTF-8", "x-amz-sns-message-type": message.Type },
    body: JSON.stringify(message),
  });

async function post(source, { headers, body }) {
  const response = await fetch(`${hookgate.url}/in/${source}`, { method: "POST", headers, body });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : undefined };
}

/** https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html */
function signed(message, fields) {
  const text = fields.map((name) => `${name}\n${message[name]}\n`).join("");
  return { ...message, Signature: createSign("sha256").update(text).sign(fixture("sns.key"), "base64") };
}

function notification(name, more = {}) {
  const message = {
    Type: "Notification",
    MessageId: randomUUID(),
    TopicArn: topic(name),
    Message: '{"order":7}',
    Timestamp: new Date().toISOString(),
    SignatureVersion: "2",
    SigningCertURL: CERTIFICATE,
    ...more,
  };
  return signed(message, ["Message", "MessageId", "Timestamp", "TopicArn", "Type"]);
}

function confirmation(name, token, type = "SubscriptionConfirmation") {
  const message = {
    Type: type,
    MessageId: randomUUID(),
    Token: token,
    TopicArn: topic(name),
    Message: "You have chosen to subscribe.",
    SubscribeURL: `${SNS}/?Action=ConfirmSubscription&TopicArn=${topic(name)}&Token=${token}`,
    Timestamp: new Date().toISOString(),
    SignatureVersion: "2",
    SigningCertURL: CERTIFICATE,
  };
  return signed(message, ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]);
}

/** https://developer.paypal.com/api/rest/webhooks/rest/ */
function paypal(webhook) {
  const body = JSON.stringify({ id: `WH-${randomUUID()}`, event_type: "PAYMENT.CAPTURE.COMPLETED" });
  const [id, time] = [randomUUID(), new Date().toISOString()];
  const signature = createSign("sha256").update(`${id}|${time}|${webhook}|${crc32(body)}`).sign(fixture("paypal.key"), "base64");
  const headers = {
    "content-type": "application/json",
    "paypal-auth-algo": "SHA256withRSA",
    "paypal-cert-url": PAYPAL_CERTIFICATE,
    "paypal-transmission-id": id,
    "paypal-transmission-sig": signature,
    "paypal-transmission-time": time,
  };
  return { headers, body };
}
