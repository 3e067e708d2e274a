/** The log of a source's refusals: the cause of each, and no secret. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { client, post } from "./kit/client.mjs";
import { PROVIDERS, fresh, nowSecs } from "./kit/providers.mjs";
import { startHookgate, until } from "./kit/runtime.mjs";

const { secret, other } = PROVIDERS.stripe;
let hookgate, api;

before(async () => {
  hookgate = await startHookgate();
  api = client(hookgate);
});

after(() => hookgate?.stop());

test("a refused request is in the log with its cause, and with what mends it", async () => {
  await api.source("changed", "stripe", secret);
  const event = await fresh("stripe");
  // Parsed and written again, as `JSON.stringify(request.body)` does.
  const body = JSON.stringify(JSON.parse(event.body));
  const sent = { headers: { ...event.headers, authorization: "Bearer a-token-of-somebody", "x-note": "kept" }, body };
  assert.equal((await post(hookgate, "changed", sent)).status, 401);
  const [entry] = await logged("changed", 1);

  assert.deepEqual([entry.status_code, entry.code], [401, "signature_mismatch"]);
  assert.match(entry.error_text, /signature/);
  assert.match(entry.id, /^log[A-Za-z0-9]{22}$/);
  assert.match(entry.source_id, /^src_/);
  assert.ok(Math.abs(Date.parse(entry.created_at) - Date.now()) < 60_000);
  assert.equal(entry.updated_at, entry.created_at);
  assert.deepEqual([entry.payload, entry.body_bytes], [body, body.length]);
  assert.equal(entry.headers["x-note"], "kept");
  assert.equal(entry.headers.authorization, "[redacted]");
  assert.match(entry.headers["stripe-signature"], /^t=\d{10},v1=…$/);

  const [cause] = entry.causes;
  assert.deepEqual([cause.code, cause.certain], ["body_whitespace", true]);
  assert.match(cause.remedy, /raw bytes/);
  const verdicts = Object.fromEntries(entry.checks.map((check) => [check.name, check.verdict]));
  assert.deepEqual([verdicts.headers, verdicts.timestamp, verdicts.signature], ["passed", "passed", "failed"]);
  assert.ok(entry.checks.every((check) => check.summary.length > 5));
});

test("neither a secret nor what was taken for one is in the log", async () => {
  await api.source("leaky", "stripe", secret);
  const body = JSON.stringify({ note: `our secret is ${secret}`, password: "hunter2", token: "xoxb-1" });
  await post(hookgate, "leaky", { headers: { "stripe-signature": "t=1,v1=00", "x-copied": secret, cookie: "a=b" }, body });
  const text = JSON.stringify(await logged("leaky", 1));
  for (const hidden of [secret, "hunter2", "xoxb-1", "a=b"]) assert.ok(!text.includes(hidden), hidden);
  assert.ok(text.includes("our secret is [redacted]"));

  // Where requests carry the secret itself, a mistyped one is as good as a secret.
  await api.source("carried", "gitlab", "the-right-token-0123");
  await post(hookgate, "carried", { headers: { "x-gitlab-token": "the-wrong-token-0123", "x-other": "the-wrong-token-0123" }, body: "{}" });
  const [entry] = await logged("carried", 1);
  assert.equal(entry.code, "signature_mismatch");
  assert.ok(!JSON.stringify(entry).includes("the-wrong-token-0123"), JSON.stringify(entry));
});

test("each kind of refusal is in the log under its code, newest first and page by page", async () => {
  await api.source("kinds", "stripe", secret, undefined, { bodyCap: 2000 });
  const event = await fresh("stripe");
  const kinds = [
    ["missing_header", { ...event, headers: {} }],
    ["malformed_header", { ...event, headers: { "stripe-signature": "t=1,,v1" } }],
    ["content_type_not_accepted", { ...event, headers: { ...event.headers, "content-type": "text/html" } }],
    ["empty_body", { ...event, body: "" }],
    ["body_too_large", { ...event, body: "x".repeat(2001) }],
    ["timestamp_too_old", await fresh("stripe", { now: nowSecs() - 400 })],
  ];
  for (const [code, request] of kinds) {
    assert.equal((await post(hookgate, "kinds", request)).body.code, code);
    await until(async () => (await log("kinds")).data[0]?.code === code);
  }
  const { data, done } = await log("kinds");
  assert.deepEqual([data.map((entry) => entry.code), done], [kinds.map(([code]) => code).reverse(), true]);

  const first = await log("kinds", "?limit=4");
  const second = await log("kinds", `?limit=4&iterator=${first.iterator}`);
  assert.deepEqual([first.data.length, first.done, second.data.length, second.done], [4, false, 2, true]);
  assert.deepEqual([...first.data, ...second.data], data);
});

test("no more than the first 4 KB of a body are kept", async () => {
  await api.source("long", "stripe", secret);
  const event = await fresh("stripe");
  const body = `${"é".repeat(3000)}the end`;
  await post(hookgate, "long", { ...event, body });
  const [entry] = await logged("long", 1);
  assert.deepEqual([entry.payload, entry.body_bytes], [`${"é".repeat(2048)}…`, 6007]);
});

test("of a flood of forgeries a few are written down, and of the others their number", async () => {
  await api.source("flood", "stripe", secret);
  const forged = await fresh("stripe", { secret: other });
  for (let round = 0; round < 15; round += 1) await Promise.all(Array.from({ length: 20 }, () => post(hookgate, "flood", forged)));
  // One is allowed again after five seconds: it tells how many were not.
  const counted = await until(async () => {
    await post(hookgate, "flood", forged);
    const { data } = await log("flood", "?limit=250");
    return data.reduce((sum, { unlogged = 0 }) => sum + unlogged, 0) > 200 ? data : undefined;
  });
  assert.ok(counted.length >= 20 && counted.length <= 40, `${counted.length} were written down`);
});

test("the log of a source that refused nothing is empty, and of none there is none", async () => {
  await api.source("quiet", "stripe", secret);
  assert.equal((await post(hookgate, "quiet", await fresh("stripe"))).status, 200);
  assert.deepEqual((await log("quiet")).data, []);
  assert.equal((await api.call("GET", "/ingest/api/v1/source/nobody/log")).status, 404);
  assert.equal((await fetch(`${hookgate.url}/ingest/api/v1/source/quiet/log`)).status, 401);
});

const log = (source, query = "") => api.get(`/ingest/api/v1/source/${source}/log${query}`);

/** Waits for so many entries: they are written after the answer. */
const logged = (source, count) =>
  until(async () => {
    const { data } = await log(source);
    return data.length >= count ? data : undefined;
  });
