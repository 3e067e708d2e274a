/** What receivers answer, and how they answer it, in the real runtime. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { freePort } from "../../tools/ports.mjs";
import { client } from "./kit/client.mjs";
import { startReceiver } from "./kit/receiver.mjs";
import { startHookgate, until } from "./kit/runtime.mjs";

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

/** An application with one endpoint. */
async function application(name, url, fields = {}) {
  await api.create("/api/v1/app", { name, uid: name });
  const { id } = await api.create(`/api/v1/app/${name}/endpoint`, { url, ...fields });
  const path = `/api/v1/app/${name}/endpoint/${id}`;
  return {
    path,
    show: () => api.get(path),
    async send() {
      const { id } = await api.expect(202, "POST", `/api/v1/app/${name}/msg`, { eventType: "a", payload: {} });
      return id;
    },
    /** The first attempt at a message, once it has ended. */
    ended: (message) =>
      until(async () => {
        const [attempt] = await api.attempts(name, message);
        return attempt && attempt.statusText !== "sending" && attempt;
      }),
  };
}

/** A receiver that writes to its socket by hand. */
async function rawReceiver(answer) {
  const server = createServer((request, response) => {
    request.resume();
    request.on("end", () => answer(response));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

test("a receiver that answers 410 is left alone until its operator enables it, and then gets what waited", async () => {
  receiver.answers["/gone"] = [410, 200];
  const app = await application("gone", `${receiver.url}/gone`, { retrySchedule: [0, 1, 1] });
  await app.send();
  await until(async () => (await app.show()).disabled);
  await app.send();
  assert.equal(receiver.at("/gone").length, 1);
  const enabled = await api.expect(200, "PATCH", app.path, { disabled: false });
  assert.deepEqual([enabled.disabled, enabled.url], [false, `${receiver.url}/gone`]);
  const [first, second] = await receiver.wait("/gone", 2);
  assert.equal(first.headers["webhook-id"], second.headers["webhook-id"]);
});

test("a redirect is a failure and is never followed", async () => {
  receiver.answers["/moved"] = [{ status: 307, headers: { location: `${receiver.url}/elsewhere` } }];
  const app = await application("moved", `${receiver.url}/moved`, { retrySchedule: [0] });
  const attempt = await app.ended(await app.send());
  assert.deepEqual([attempt.statusText, attempt.responseStatusCode], ["fail", 307]);
  assert.equal(receiver.at("/elsewhere").length, 0);
});

test("a receiver that is not there is a failure that says so, and is tried again", async () => {
  const port = await freePort();
  const app = await application("absent", `http://127.0.0.1:${port}/`, { retrySchedule: [0, 1, 1, 1, 1, 1, 1, 1] });
  const message = await app.send();
  const attempt = await app.ended(message);
  assert.deepEqual([attempt.statusText, attempt.responseStatusCode], ["fail", 0]);
  assert.match(attempt.response, /^the receiver could not be reached: /);
  const late = createServer((_, response) => response.end()).listen(port, "127.0.0.1");
  await once(late, "listening");
  await until(async () => (await api.attempts("absent", message)).some(({ statusText }) => statusText === "success"));
  late.close();
  late.closeAllConnections();
  await once(late, "close");
});

test("five failures in a row disable an endpoint whose rule says so, and what waits goes once it is enabled", async () => {
  receiver.answers["/worn"] = [500, 500, 500, 500, 500, 200];
  const rule = { retrySchedule: [0, 1, 1, 1], disableRule: { consecutiveFailures: 5 } };
  const app = await application("worn", `${receiver.url}/worn`, rule);
  const first = await app.send();
  await receiver.wait("/worn", 4);
  const ids = () => receiver.at("/worn").map(({ headers }) => headers["webhook-id"]);
  const second = await app.send();
  await until(async () => (await app.show()).disabled);
  assert.deepEqual(ids(), [first, first, first, first, second]);
  // Its time has come and gone: one to another endpoint of the same schedule is made in between.
  const beside = await application("beside", `${receiver.url}/beside`, { retrySchedule: [2] });
  await beside.send();
  await receiver.wait("/beside", 1);
  assert.equal(ids().length, 5);
  await api.expect(200, "PATCH", app.path, { disabled: false });
  await receiver.wait("/worn", 6);
  assert.deepEqual(ids().slice(5), [second], "what had used up its schedule is not tried again");
});

test("Retry-After of a busy receiver holds every delivery back", async () => {
  receiver.answers["/busy"] = [{ status: 429, headers: { "retry-after": "3" } }, 200];
  const app = await application("busy", `${receiver.url}/busy`, { retrySchedule: [0, 0] });
  await app.send();
  await receiver.wait("/busy", 1);
  await app.send();
  const [first, ...later] = await receiver.wait("/busy", 3);
  for (const { at } of later) assert.ok(at - first.at >= 3_000, `${at - first.at} ms`);
});

test("abort-message ends one delivery and no other", async () => {
  receiver.answers["/abort"] = [{ status: 400, headers: { "webhook-delivery": "abort-message" } }, 200];
  const app = await application("abort", `${receiver.url}/abort`, { retrySchedule: [0, 0, 0] });
  const first = await app.send();
  await app.ended(first);
  const second = await app.send();
  await app.ended(second);
  const ids = receiver.at("/abort").map(({ headers }) => headers["webhook-id"]);
  assert.deepEqual(ids, [first, second]);
});

test("of a response of a gigabyte 4,096 bytes are read, and the connection is hung up", async () => {
  let written = 0;
  let hungUp = false;
  const chunk = Buffer.alloc(64 * 1024, "x");
  const huge = await rawReceiver((response) => {
    response.writeHead(200, { "content-length": `${1024 ** 3}` });
    response.on("close", () => (hungUp = true));
    const fill = () => {
      while (!hungUp && written < 1024 ** 3) {
        written += chunk.length;
        if (!response.write(chunk)) return void response.once("drain", fill);
      }
    };
    fill();
  });
  const app = await application("huge", huge.url, { retrySchedule: [0] });
  const attempt = await app.ended(await app.send());
  assert.deepEqual([attempt.statusText, attempt.response.length], ["success", 4096]);
  await until(() => hungUp);
  assert.ok(written < 64 * 1024 ** 2, `${written} bytes were taken`);
  await huge.stop();
});

test("the timeout covers a body that trickles", async () => {
  const timers = new Set();
  const slow = await rawReceiver((response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write("x"), 100);
    timers.add(timer);
    response.on("close", () => clearInterval(timer));
  });
  const app = await application("slow", slow.url, { retrySchedule: [0], timeoutSecs: 1 });
  const attempt = await app.ended(await app.send());
  assert.deepEqual([attempt.statusText, attempt.responseStatusCode, attempt.response], ["fail", 0, "timed out"]);
  assert.ok(attempt.responseDurationMs >= 1_000, `${attempt.responseDurationMs} ms`);
  await slow.stop();
});
