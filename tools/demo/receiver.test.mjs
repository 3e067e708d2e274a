import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Webhook } from "standardwebhooks";

import { startReceiver } from "./receiver.mjs";
import { defectOf } from "./standard-webhooks.mjs";

const SECRET = `whsec_${Buffer.alloc(32, 3).toString("base64")}`;
const PORT = 18_788;
const HOME = `http://127.0.0.1:${PORT}`;
const BODY = '{"type":"invoice.paid"}';

let receiver;
before(async () => (receiver = await startReceiver({ port: PORT, secret: SECRET })));
after(() => receiver.close());

function signed({ id = "msg_1", at = new Date(), body = BODY } = {}) {
  return {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at / 1000)),
    "webhook-signature": new Webhook(SECRET).sign(id, at, body),
  };
}

const deliver = (headers, options) => fetch(`${HOME}/hook/demo`, { method: "POST", headers, body: BODY, ...options });
const turn = (answer) => fetch(`${HOME}/switch`, { method: "POST", body: JSON.stringify({ answer }) });
const newest = async () => (await (await fetch(`${HOME}/deliveries`)).json()).deliveries[0];

test("what_the_reference_library_signs_is_genuine", async () => {
  assert.equal((await deliver(signed())).status, 200);
  assert.equal((await newest()).defect, undefined);
});

test("one_flipped_byte_of_the_body_is_seen", async () => {
  await deliver(signed({ body: BODY.replace("paid", "paiD") }));
  assert.equal((await newest()).defect, "no signature matches");
});

test("a_timestamp_one_second_past_the_tolerance_is_seen", () => {
  const at = new Date(1_000_000_000_000);
  const defect = (now) => defectOf({ headers: signed({ at }), body: BODY, secret: SECRET, now });
  assert.equal(defect(1_000_000_300), undefined);
  assert.equal(defect(1_000_000_301), "the timestamp is too far from now");
  assert.equal(defect(999_999_699), "the timestamp is too far from now");
});

test("the_switch_turns_to_500_and_back", async () => {
  await turn("500");
  assert.equal((await deliver(signed({ id: "msg_2" }))).status, 500);
  await turn("200");
  assert.equal((await deliver(signed({ id: "msg_2" }))).status, 200);
  assert.equal((await newest()).attempt, 2);
});

test("never_answers_nothing_and_still_shows_the_delivery", async () => {
  await turn("never");
  await assert.rejects(deliver(signed({ id: "msg_3" }), { signal: AbortSignal.timeout(300) }), { name: "TimeoutError" });
  assert.equal((await newest()).id, "msg_3");
  await turn("200");
});

test("the_switch_has_three_positions", async () => {
  assert.equal((await turn("404")).status, 400);
});
