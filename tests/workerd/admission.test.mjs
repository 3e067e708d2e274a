/** Admission under concurrency, and the retries of an endpoint that comes back. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { client, post } from "./kit/client.mjs";
import { PROVIDERS, fresh } from "./kit/providers.mjs";
import { startReceiver } from "./kit/receiver.mjs";
import { startHookgate, until } from "./kit/runtime.mjs";

let hookgate, receiver, api;

before(async () => {
  [hookgate, receiver] = await Promise.all([startHookgate(), startReceiver()]);
  api = client(hookgate);
});

after(() => Promise.all([hookgate?.stop(), receiver?.stop()]));

test("fifty copies of one event at once make one delivery", async () => {
  const { secret } = PROVIDERS.stripe;
  await api.source("copies", "stripe", secret, { url: `${receiver.url}/copies` });
  const event = await fresh("stripe");
  const answers = await Promise.all(Array.from({ length: 50 }, () => post(hookgate, "copies", event)));
  assert.deepEqual(new Set(answers.map((answer) => answer.status)), new Set([200]));
  assert.equal(answers.filter((answer) => answer.body.status === "accepted").length, 1);
  assert.equal(new Set(answers.map((answer) => answer.body.id)).size, 1, "every copy is told the same message id");

  const last = await post(hookgate, "copies", await fresh("stripe"));
  const arrived = await receiver.wait("/copies", 2);
  assert.deepEqual(
    arrived.map((delivery) => delivery.headers["webhook-id"]),
    [answers[0].body.id, last.body.id],
  );
  assert.equal((await api.messages("copies")).length, 2);
});

test("an endpoint that fails three times and then answers has four attempts in its log", async () => {
  const long = "é".repeat(4000);
  receiver.answers["/flaky"] = [500, { status: 302, headers: { location: "/elsewhere" } }, { status: 503, body: long }, 200];
  const schedule = [0, 1, 2, 1, 60];
  await api.source("flaky", "stripe", PROVIDERS.stripe.secret, { url: `${receiver.url}/flaky`, retrySchedule: schedule });
  const { body } = await post(hookgate, "flaky", await fresh("stripe"));
  const arrived = await receiver.wait("/flaky", 4);

  const attempts = await until(async () => {
    const log = await api.attempts("flaky", body.id);
    return log.at(-1)?.statusText === "success" ? log : undefined;
  });
  assert.deepEqual(
    attempts.map((attempt) => [attempt.responseStatusCode, attempt.statusText, attempt.status]),
    [[500, "fail", 2], [302, "fail", 2], [503, "fail", 2], [200, "success", 0]],
  );
  assert.ok(attempts.every((attempt) => attempt.msgId === body.id && attempt.responseDurationMs >= 0));
  assert.equal(attempts[2].response, `${"é".repeat(2048)}`, "the first 4,096 bytes of the response are kept");
  assert.equal(receiver.at("/elsewhere").length, 0, "a redirect is not followed");
  for (const at of [1, 2, 3]) {
    const waited = arrived[at].at - arrived[at - 1].at;
    assert.ok(waited >= schedule[at] * 1000, `attempt ${at + 1} came after ${waited} ms, before its time`);
  }
  assert.equal(new Set(arrived.map((delivery) => delivery.headers["webhook-id"])).size, 1);
});

test("an endpoint that never answers is given up in time, and its schedule used up", async () => {
  receiver.answers["/mute"] = ["never"];
  await api.source("mute", "stripe", PROVIDERS.stripe.secret, {
    url: `${receiver.url}/mute`,
    retrySchedule: [0, 1],
    timeoutSecs: 1,
  });
  const { body } = await post(hookgate, "mute", await fresh("stripe"));
  const attempts = await until(async () => {
    const log = await api.attempts("mute", body.id);
    return log.length === 2 && log.every((attempt) => attempt.statusText === "fail") ? log : undefined;
  });
  assert.deepEqual(
    attempts.map((attempt) => [attempt.responseStatusCode, attempt.response]),
    [[0, "timed out"], [0, "timed out"]],
  );
});

test("a slow receiver does not hold up the retry of another message", async () => {
  // The first message's first attempt stays out; the second one fails, and is due again meanwhile.
  receiver.answers["/slow"] = ["never", 500, 200];
  const endpoint = { url: `${receiver.url}/slow`, retrySchedule: [0, 2, 60], timeoutSecs: 30 };
  await api.source("slow", "stripe", PROVIDERS.stripe.secret, endpoint);
  const first = await post(hookgate, "slow", await fresh("stripe"));
  await receiver.wait("/slow", 1);
  const second = await post(hookgate, "slow", await fresh("stripe"));
  const arrived = await receiver.wait("/slow", 3, 20_000);
  assert.deepEqual(
    arrived.map((delivery) => delivery.headers["webhook-id"]),
    [first.body.id, second.body.id, second.body.id],
  );
});

test("an event type that fits no header is delivered all the same", async () => {
  const { default: Stripe } = await import("stripe");
  await api.source("odd", "stripe", PROVIDERS.stripe.secret, { url: `${receiver.url}/odd`, profile: "visibuild" });
  const payload = JSON.stringify({ id: "evt_odd", type: "счёт оплачен" });
  const signature = new Stripe("sk_test_unused").webhooks.generateTestHeaderString({ payload, secret: PROVIDERS.stripe.secret });
  assert.equal((await post(hookgate, "odd", { headers: { "stripe-signature": signature }, body: payload })).status, 200);
  const [delivery] = await receiver.wait("/odd", 1);
  assert.equal(JSON.parse(delivery.body).type, "счёт оплачен");
  assert.equal(delivery.headers["x-visibuild-event"], undefined);
});

test("a captured request under the id of an event to come does not make that one a duplicate", async () => {
  await api.source("guess", "github", PROVIDERS.github.secret);
  const captured = await fresh("github", { id: "del-1" });
  const { sign } = await import("@octokit/webhooks-methods");
  const body = JSON.stringify({ action: "closed", issue: { number: 2 } });
  const genuine = {
    headers: { ...captured.headers, "x-github-delivery": "del-2", "x-hub-signature-256": await sign(PROVIDERS.github.secret, body) },
    body,
  };
  const replayed = { ...captured, headers: { ...captured.headers, "x-github-delivery": "del-2" } };
  await post(hookgate, "guess", replayed);
  assert.equal((await post(hookgate, "guess", genuine)).body.status, "accepted");
  assert.equal((await post(hookgate, "guess", genuine)).body.status, "duplicate");
});

for (const profile of ["standard", "visibuild"]) {
  test(`what the ${profile} profile sends, a ${profile} source accepts`, async () => {
    const secret = profile === "standard" ? PROVIDERS.standard.secret : "a-visibuild-secret-0123456789";
    await api.source(`${profile}-far`, profile, secret, { url: `${receiver.url}/${profile}-far` });
    await api.create("/api/v1/app", { name: profile, uid: `${profile}-near` });
    await api.create(`/api/v1/app/${profile}-near/endpoint`, {
      url: `${hookgate.url}/in/${profile}-far`,
      profile,
      secret,
    });
    const payload = { total: 1.5, name: "Zürich" };
    const sent = await api.expect(202, "POST", `/api/v1/app/${profile}-near/msg`, { eventType: "invoice.paid", payload });
    const [delivery] = await receiver.wait(`/${profile}-far`, 1);
    const body = JSON.parse(delivery.body);
    assert.deepEqual(profile === "standard" ? body : body.data, payload);
    const [received] = await api.messages(`${profile}-far`);
    assert.equal(received.eventId, sent.id, "the far side's event id is the near side's message id");
    const [attempt] = await api.attempts(`${profile}-near`, sent.id);
    assert.deepEqual([attempt.statusText, attempt.responseStatusCode], ["success", 200]);
  });
}
