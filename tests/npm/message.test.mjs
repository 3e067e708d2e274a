/** The queue message, in the very shape that the gateway writes. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { path } from "../../tools/project.mjs";
import { hookgate } from "./kit.mjs";

const { openMessage } = hookgate;

/** What `the_written_shape_is_pinned` of the gateway pins. */
function pinned() {
  const rust = readFileSync(path("crates", "relay", "src", "message.rs"), "utf8");
  const test = /fn the_written_shape_is_pinned\(\) \{[^]*?\n {4}\}/.exec(rust)[0];
  return JSON.parse([...test.matchAll(/r#"(.*?)"#/g)].map(([, part]) => part).join(""));
}

test("what the gateway writes is opened", async () => {
  const opened = await openMessage(pinned());
  assert.deepEqual(Object.keys(opened), ["version", "id", "sourceId", "scheme", "eventId", "eventType", "timestamp", "receivedAt", "headers", "contentType", "inbox", "body", "bytes"]);
  assert.deepEqual(opened.bytes, new TextEncoder().encode('{"a":1}'));
});

test("bytes that are no text come back unchanged", async () => {
  const { body, ...rest } = pinned();
  const { bytes } = await openMessage({ ...rest, bodyBase64: "/wANCsM=" });
  assert.deepEqual([...bytes], [0xff, 0x00, 0x0d, 0x0a, 0xc3]);
});

test("a body in R2 is fetched by its key", async () => {
  const { body, ...rest } = pinned();
  const message = { ...rest, bodyR2Key: "src_1/msg_1" };
  const payloads = { get: async (key) => (key === "src_1/msg_1" ? new Response("large") : null) };
  assert.equal(new TextDecoder().decode((await openMessage(message, { payloads })).bytes), "large");
  await assert.rejects(openMessage({ ...message, bodyR2Key: "gone" }, { payloads }), /R2 has no body under `gone`/);
  await assert.rejects(openMessage(message), { name: "TypeError", message: /payloads: env\.PAYLOADS/ });
});

test("a message of another version is left alone", async () => {
  await assert.rejects(openMessage({ ...pinned(), version: 2 }), { name: "TypeError", message: /version 2/ });
  await assert.rejects(openMessage("{}"), { name: "TypeError", message: /`message`/ });
});

test("a wrong kind is a TypeError that names the argument", async () => {
  const { body, ...rest } = pinned();
  for (const options of [null, "payloads", 5]) await assert.rejects(openMessage(pinned(), options), { name: "TypeError", message: /^`options` must be given an object, not / });
  await assert.rejects(openMessage({ ...rest, bodyBase64: "***" }), { name: "TypeError", message: "`message` has a `bodyBase64` that is no base64" });
  await assert.rejects(openMessage({ ...rest, body: 5 }), { name: "TypeError", message: "`message` has no body" });
  await assert.rejects(openMessage({ ...rest, bodyR2Key: "src_1/msg_1" }, { payloads: "PAYLOADS" }), { name: "TypeError", message: /pass the binding/ });
});
