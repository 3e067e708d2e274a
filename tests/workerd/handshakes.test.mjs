/** The questions of every provider that asks any, and what each is answered: nothing of it is stored. */
import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, sign as signWith } from "node:crypto";
import { after, before, test } from "node:test";

import { client, post } from "./kit/client.mjs";
import { fresh, nowSecs, PROVIDERS } from "./kit/providers.mjs";
import { startHookgate, until } from "./kit/runtime.mjs";

const SECRET = "a-secret-of-some-length-0123456789";
const TOKEN = "mein Prüfwort";
const JSON_TYPE = { "content-type": "application/json" };
const discord = generateKeyPairSync("ed25519");
const discordKey = discord.publicKey.export({ format: "der", type: "spki" }).subarray(-32).toString("hex");
let hookgate, api;

const hmac = (text, encoding = "hex") => createHmac("sha256", SECRET).update(text).digest(encoding);
const signedBy = (name, time) => (body) => {
  const now = nowSecs();
  return { headers: { ...JSON_TYPE, [name]: `v0=${hmac(`v0:${now}:${JSON.stringify(body)}`)}`, [time]: `${now}` }, body: JSON.stringify(body) };
};
const slack = signedBy("x-slack-signature", "x-slack-request-timestamp");
const zoom = signedBy("x-zm-signature", "x-zm-request-timestamp");
function twitch(type, fields) {
  const [id, time, body] = ["e76c6bd4", new Date().toISOString(), JSON.stringify(fields)];
  const headers = {
    ...JSON_TYPE,
    "twitch-eventsub-message-id": id,
    "twitch-eventsub-message-timestamp": time,
    "twitch-eventsub-message-signature": `sha256=${hmac(id + time + body)}`,
    "twitch-eventsub-message-type": type,
  };
  return { headers, body };
}
function discordPing(fields) {
  const [time, body] = [`${nowSecs()}`, JSON.stringify(fields)];
  const signature = signWith(null, Buffer.from(time + body), discord.privateKey).toString("hex");
  return { headers: { ...JSON_TYPE, "x-signature-ed25519": signature, "x-signature-timestamp": time }, body };
}

/** By scheme: its source's secret, and questions as `[method, query, request, status, content type, body]`. */
const QUESTIONS = {
  meta: [SECRET, ["GET", `hub.mode=subscribe&hub.verify_token=${encodeURIComponent(TOKEN)}&hub.challenge=1158201444`, {}, 200, "text/plain; charset=utf-8", "1158201444"]],
  dropbox: [SECRET, ["GET", "challenge=abc-123", {}, 200, "text/plain; charset=utf-8", "abc-123"]],
  x: [SECRET, ["GET", "crc_token=abc", {}, 200, "application/json", `{"response_token":"sha256=${hmac("abc", "base64")}"}`]],
  okta: [SECRET, ["GET", "", { headers: { "x-okta-verification-challenge": "my_challenge" } }, 200, "application/json", '{"verification":"my_challenge"}']],
  intercom: [SECRET, ["HEAD", "", {}, 200, null, ""]],
  woocommerce: [SECRET, ["POST", "", { headers: { "content-type": "application/x-www-form-urlencoded" }, body: "webhook_id=7" }, 200, null, ""]],
  slack: [SECRET, ["POST", "", () => slack({ type: "url_verification", token: "x", challenge: "3eZbrw1a" }), 200, "text/plain; charset=utf-8", "3eZbrw1a"]],
  zoom: [
    SECRET,
    [
      "POST",
      "",
      () => zoom({ event: "endpoint.url_validation", payload: { plainToken: "qgg8vlvZ" } }),
      200,
      "application/json",
      `{"plainToken":"qgg8vlvZ","encryptedToken":"${hmac("qgg8vlvZ")}"}`,
    ],
  ],
  twitch: [SECRET, ["POST", "", () => twitch("webhook_callback_verification", { challenge: "pogchamp" }), 200, "text/plain; charset=utf-8", "pogchamp"]],
  discord: [
    discordKey,
    ["POST", "", () => discordPing({ type: 1 }), 200, "application/json", '{"type":1}'],
    ["POST", "", () => discordPing({ type: 0, version: 1 }), 204, "application/json", ""],
  ],
};

before(async () => {
  hookgate = await startHookgate();
  api = client(hookgate);
  for (const [scheme, [secret]] of Object.entries(QUESTIONS)) {
    const config = { secret, ...(scheme === "meta" ? { verifyToken: TOKEN } : {}) };
    await api.create("/ingest/api/v1/source", { name: `of ${scheme}`, uid: scheme, type: scheme, config });
  }
});

after(() => hookgate?.stop());

for (const [scheme, [, ...questions]] of Object.entries(QUESTIONS)) {
  for (const [method, query, request, status, type, body] of questions) {
    test(`${scheme} is answered its ${method}, and nothing is stored`, async () => {
      const asked = typeof request === "function" ? request() : request;
      const response = await ask(scheme, method, query, asked);
      assert.deepEqual([response.status, response.headers.get("content-type"), await response.text()], [status, type, body]);
      assert.equal(response.headers.get("x-content-type-options"), "nosniff");
      assert.deepEqual(await api.messages(scheme), []);
    });
  }
}

test("a question with another verify token, or a forged signature, is not answered", async () => {
  const meta = await ask("meta", "GET", "hub.mode=subscribe&hub.verify_token=other&hub.challenge=1158201444");
  assert.deepEqual([meta.status, (await meta.json()).code], [401, "verify_token_mismatch"]);
  const forged = slack({ type: "url_verification", challenge: "abc" });
  forged.headers["x-slack-signature"] = `v0=${"0".repeat(64)}`;
  const answer = await ask("slack", "POST", "", forged);
  assert.deepEqual([answer.status, (await answer.json()).code], [401, "signature_mismatch"]);
});

test("a challenge that a browser could run is not given back", async () => {
  const answer = await ask("dropbox", "GET", `challenge=${encodeURIComponent("<script>alert(1)</script>")}`);
  assert.deepEqual([answer.status, (await answer.json()).code], [400, "malformed_parameter"]);
});

test("a GET that asks nothing is 400, and 405 where the provider never asks by it, with the methods that it uses", async () => {
  await api.source("plain", "stripe", PROVIDERS.stripe.secret);
  const answer = await ask("meta", "GET", "");
  assert.deepEqual([answer.status, (await answer.json()).code, answer.headers.get("allow")], [400, "asks_nothing", null]);
  for (const [source, method, allow] of [["plain", "GET", "POST"], ["plain", "PUT", "POST"], ["meta", "PUT", "POST, GET"], ["meta", "HEAD", "POST, GET"]]) {
    const refused = await ask(source, method, "");
    assert.deepEqual([refused.status, refused.headers.get("allow")], [405, allow], `${method} ${source}`);
  }
});

test("an event is answered as its provider expects, unless its source says otherwise", async () => {
  await api.source("own", "stripe", PROVIDERS.stripe.secret, undefined, {
    acknowledgement: { status: 202, contentType: "text/plain", body: "thank you" },
  });
  await api.source("mute", "stripe", PROVIDERS.stripe.secret, undefined, { acknowledgement: { status: 204 } });
  const event = await fresh("stripe");
  // The second copy is answered as the first: a provider that is answered otherwise would send a third.
  for (const copy of ["first", "second"]) {
    const own = await ask("own", "POST", "", { ...event, headers: { ...JSON_TYPE, ...event.headers } });
    assert.deepEqual([own.status, own.headers.get("content-type"), await own.text()], [202, "text/plain", "thank you"], copy);
    const mute = await ask("mute", "POST", "", { ...event, headers: { ...JSON_TYPE, ...event.headers } });
    assert.deepEqual([mute.status, mute.headers.get("content-type"), await mute.text()], [204, null, ""], copy);
  }
  for (const source of ["own", "mute"]) await arrived(source, 1);

  const answer = await ask("discord", "POST", "", discordPing({ type: 1, event: { type: "APPLICATION_AUTHORIZED" } }));
  assert.deepEqual([answer.status, await answer.text()], [204, ""]);
  await arrived("discord", 1);
});

test("an acknowledgement that is no success, and a verify token where there is none, are refused", async () => {
  const base = { name: "refused", type: "stripe", config: { secret: PROVIDERS.stripe.secret } };
  for (const [more, field] of [
    [{ acknowledgement: { status: 302 } }, "acknowledgement.status"],
    [{ acknowledgement: { status: 204, contentType: "text/plain", body: "x" } }, "acknowledgement.body"],
    [{ acknowledgement: { status: 200, body: "x" } }, "acknowledgement.contentType"],
    [{ acknowledgement: { status: 200, contentType: "text/plain\r\nx: y" } }, "acknowledgement.contentType"],
    [{ config: { ...base.config, verifyToken: "x" } }, "config.verifyToken"],
  ]) {
    const answer = await api.call("POST", "/ingest/api/v1/source", { ...base, ...more });
    assert.deepEqual([answer.status, answer.body.detail?.[0].loc], [422, ["body", field]]);
  }
});

test("neither secret nor verify token is shown", async () => {
  const shown = JSON.stringify(await api.get("/ingest/api/v1/source/meta"));
  assert.ok(!shown.includes(SECRET) && !shown.includes("Prüfwort"), shown);
});

test("an event beside the questions is taken as ever", async () => {
  await api.source("events", "stripe", PROVIDERS.stripe.secret);
  assert.equal((await post(hookgate, "events", await fresh("stripe"))).body.status, "accepted");
  const event = slack({ type: "event_callback", event_id: "Ev1" });
  assert.equal((await post(hookgate, "slack", event)).body.status, "accepted");
});

/** Waits until a source has so many messages: they come by the queue. */
const arrived = (source, count) => until(async () => (await api.messages(source)).length === count);

const ask = (source, method, query, request = {}) => fetch(`${hookgate.url}/in/${source}${query && `?${query}`}`, { method, ...request });
