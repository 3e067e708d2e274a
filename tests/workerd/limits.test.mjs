/** Limits against abuse: who is refused too often is told no more than that, and nothing genuine is lost. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { client, post } from "./kit/client.mjs";
import { PROVIDERS, fresh } from "./kit/providers.mjs";
import { startHookgate, until } from "./kit/runtime.mjs";

const { secret, other } = PROVIDERS.stripe;
const REQUESTS = `[[ratelimits]]
name = "REQUESTS"
namespace_id = "1002"
simple = { limit = 40, period = 60 }`;
let hookgate, api;

before(async () => {
  hookgate = await startHookgate();
  api = client(hookgate);
});

after(() => hookgate?.stop());

test("who is refused more than six hundred times a minute is answered 429, and other sources do not notice", async () => {
  await api.source("forged", "stripe", secret);
  await api.source("beside", "stripe", secret);
  const forgery = await fresh("stripe", { secret: other });
  const limited = await flood(() => post(hookgate, "forged", forgery));
  assert.deepEqual([limited.body.code, limited.headers.get("retry-after")], ["too_many_requests", "10"]);
  assert.equal((await post(hookgate, "beside", await fresh("stripe"))).status, 200);
});

test("a genuine event is accepted from a sender that is shut out", async () => {
  await api.source("shared", "stripe", secret);
  const forgery = await fresh("stripe", { secret: other });
  await flood(() => post(hookgate, "shared", forgery));
  const genuine = await post(hookgate, "shared", await fresh("stripe"));
  assert.deepEqual([genuine.status, genuine.body.status], [200, "accepted"]);
  const refused = await post(hookgate, "shared", forgery);
  assert.deepEqual([refused.status, refused.body.code], [429, "too_many_requests"]);
  await until(async () => (await api.messages("shared")).length === 1);
});

test("too many headers, or too large ones, are 431", async () => {
  await api.source("headers", "stripe", secret);
  const event = await fresh("stripe");
  const many = Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`x-${at}`, "y"]));
  // Of 16 KB of headers Node's own server would say so; the gateway's bound is 32 KB.
  for (const more of [many, { "x-large": "y".repeat(33_000) }]) {
    const answer = await post(hookgate, "headers", { ...event, headers: { ...event.headers, ...more } });
    assert.deepEqual([answer.status, answer.body.code], [431, "headers_too_large"]);
  }
  assert.deepEqual(await api.messages("headers"), []);
});

test("names of no source are limited together, and sources that are known are not", async () => {
  let asked = 0;
  const limited = await flood(async () => post(hookgate, `nobody-${(asked += 1)}`, await fresh("stripe")));
  assert.equal(limited.body.code, "too_many_requests");
  assert.equal((await post(hookgate, "beside", await fresh("stripe"))).status, 200);
});

test("where all requests are limited, each source has its own limit", async () => {
  const bound = await startHookgate({ bindings: REQUESTS });
  try {
    await client(bound).source("one", "stripe", secret);
    await client(bound).source("two", "stripe", secret);
    const event = await fresh("stripe");
    const limited = await flood(() => post(bound, "one", event), 200);
    assert.equal(limited.body.code, "too_many_requests");
    assert.equal((await post(bound, "two", event)).status, 200);
  } finally {
    await bound.stop();
  }
});

/** Sends until one is answered 429, twice of what is allowed at most. */
async function flood(send, most = 2000) {
  let limited;
  let sent = 0;
  const sender = async () => {
    while (!limited && sent < most) {
      sent += 1;
      const answer = await send();
      if (answer.status === 429) limited = answer;
    }
  };
  await Promise.all(Array.from({ length: 20 }, sender));
  return until(() => limited, 1, () => `none of ${sent} requests was answered 429`);
}
