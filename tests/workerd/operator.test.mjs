/** What operators do with deliveries, endpoints and applications, in the real runtime over the API. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";

import { Webhook } from "svix";

import { client } from "./kit/client.mjs";
import { startReceiver } from "./kit/receiver.mjs";
import { startHookgate, until } from "./kit/runtime.mjs";
import { filesOf, rows, tables } from "./kit/storage.mjs";

const SINCE = "2020-01-01T00:00:00Z";

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

/** An application with one endpoint at the path of its name. */
async function application(name, fields = {}) {
  await api.create("/api/v1/app", { name, uid: name });
  const endpoint = await api.create(`/api/v1/app/${name}/endpoint`, { url: `${receiver.url}/${name}`, uid: "shop", ...fields });
  return {
    id: endpoint.id,
    path: `/api/v1/app/${name}/endpoint/shop`,
    own: `/api/hookgate/v1/app/${name}`,
    send: async (more = {}) => (await api.expect(202, "POST", `/api/v1/app/${name}/msg`, { eventType: "a", payload: { n: 1 }, ...more })).id,
    resend: (message) => api.expect(202, "POST", `/api/v1/app/${name}/msg/${message}/endpoint/shop/resend`),
    /** The attempts at a message, once so many have ended. */
    ended: (message, count) =>
      until(async () => {
        const attempts = (await api.attempts(name, message)).filter(({ statusText }) => statusText !== "sending");
        return attempts.length >= count && attempts;
      }),
  };
}

/** A background task, once it has ended. */
const ended = (task) =>
  until(async () => {
    const now = await api.get(`/api/v1/background-task/${task.id}`);
    return now.status !== "running" && now;
  });

test("a resend is a new attempt under the same message id, told from those of the schedule", async () => {
  const app = await application("resent");
  const message = await app.send();
  await app.ended(message, 1);
  assert.deepEqual(await app.resend(message), {});
  const attempts = await app.ended(message, 2);
  assert.deepEqual(attempts.map(({ triggerType, status }) => [triggerType, status]), [[0, 0], [1, 0]]);
  const [first, second] = receiver.at("/resent");
  assert.equal(first.headers["webhook-id"], second.headers["webhook-id"]);
  assert.deepEqual(first.body, second.body);
  const unknown = await api.call("POST", `/api/v1/app/resent/msg/msg_unknown/endpoint/shop/resend`);
  assert.equal(unknown.status, 404);
});

test("what has failed is recovered by a background task that says how far it has come", async () => {
  receiver.answers["/recovered"] = [500, 500, 200];
  const app = await application("recovered", { retrySchedule: [0] });
  const messages = [await app.send(), await app.send()];
  for (const message of messages) await app.ended(message, 1);
  const delivered = await app.send();
  await app.ended(delivered, 1);
  const task = await api.expect(202, "POST", `${app.path}/recover`, { since: SINCE });
  assert.match(task.id, /^qtask_[A-Za-z0-9]{27}$/);
  assert.deepEqual([task.task, task.status], ["endpoint.recover", "running"]);
  const end = await ended(task);
  assert.deepEqual([end.status, end.data.scanned, end.data.matched], ["finished", 3, 2]);
  for (const message of messages) {
    const attempts = await app.ended(message, 2);
    assert.deepEqual(attempts.map(({ triggerType, status }) => [triggerType, status]), [[0, 2], [1, 0]]);
  }
  assert.equal(receiver.at("/recovered").length, 5);
  const listed = await api.get("/api/v1/background-task?task=endpoint.recover&status=finished");
  assert.deepEqual(listed.data.map(({ id }) => id), [task.id]);
});

test("an endpoint that came late is sent what it misses, and nothing that it has", async () => {
  await application("missing");
  const late = await (async () => {
    const before = await api.expect(202, "POST", "/api/v1/app/missing/msg", { eventType: "a", payload: {} });
    await api.create("/api/v1/app/missing/endpoint", { url: `${receiver.url}/late`, uid: "late" });
    const after = await api.expect(202, "POST", "/api/v1/app/missing/msg", { eventType: "a", payload: {} });
    return [before.id, after.id];
  })();
  await receiver.wait("/late", 1);
  const end = await ended(await api.expect(202, "POST", "/api/v1/app/missing/endpoint/late/replay-missing", { since: SINCE }));
  assert.deepEqual([end.status, end.data.matched], ["finished", 1]);
  const arrived = (await receiver.wait("/late", 2)).map(({ headers }) => headers["webhook-id"]);
  assert.deepEqual(arrived.sort(), late.sort());
});

test("a bulk replay is counted before it is made, and goes by its filter", async () => {
  const app = await application("bulk");
  const [one] = [await app.send({ eventType: "invoice.paid" }), await app.send({ eventType: "invoice.void" })];
  await receiver.wait("/bulk", 2);
  const filter = { since: SINCE, eventTypes: ["invoice.paid"], status: 0, statusCodeClass: 200 };
  const counted = await ended(await api.expect(202, "POST", `${app.path}/bulk-replay`, { ...filter, dryRun: true }));
  assert.deepEqual([counted.status, counted.data.dryRun, counted.data.matched], ["finished", true, 1]);
  assert.equal(receiver.at("/bulk").length, 2);
  await ended(await api.expect(202, "POST", `${app.path}/bulk-replay`, filter));
  const arrived = await receiver.wait("/bulk", 3);
  assert.equal(arrived[2].headers["webhook-id"], one);
  for (const [field, value] of [
    ["since", "yesterday"],
    ["eventTypes", Array.from({ length: 51 }, (_, n) => `type.${n}`)],
    ["eventTypes", ["not a type"]],
    ["channel", "c".repeat(129)],
    ["tag", "t".repeat(129)],
  ]) {
    const wrong = await api.call("POST", `${app.path}/bulk-replay`, { since: SINCE, dryRun: true, [field]: value });
    assert.deepEqual([wrong.status, wrong.body.detail?.[0].loc], [422, ["body", field]], field);
  }
  const most = { eventTypes: Array.from({ length: 50 }, (_, n) => `type.${n}`), channel: "c".repeat(128), tag: "t".repeat(128) };
  await api.expect(202, "POST", `${app.path}/bulk-replay`, { since: SINCE, dryRun: true, ...most });
});

test("a replay whose answer was lost is not made again under its key", async () => {
  const app = await application("lost");
  await app.send();
  await receiver.wait("/lost", 1);
  const ask = () => api.call("POST", `${app.path}/bulk-replay`, { since: SINCE }, { "idempotency-key": "lost-answer" });
  const { status, body: task } = await ask();
  assert.equal(status, 202);
  await ended(task);
  await receiver.wait("/lost", 2);
  // As if the call had ended without an answer a second ago.
  const lost = `UPDATE once SET status = NULL, answer = '${task.id}', expires_at = ${Date.now() - 1_000} WHERE key = 'lost-answer'`;
  await change("Registry", { once: lost });
  const again = await ask();
  assert.deepEqual([again.status, again.body.id, again.body.status], [202, task.id, "finished"]);
  await app.send();
  await receiver.wait("/lost", 3);
  const { data } = await api.get("/api/v1/background-task?limit=250");
  assert.equal(data.filter(({ data }) => data.appId === task.data.appId).length, 1);
});

test("calls whose answers were lost are followed once under their keys", async () => {
  const app = await application("unheard");
  const path = "/api/v1/app/unheard";
  await api.create("/api/v1/event-type", { name: "unheard.type", description: "" });
  const message = await app.send();
  await app.ended(message, 1);
  const calls = {
    "unheard-1": [`${path}/msg/${message}/endpoint/shop/resend`],
    "unheard-2": [`${app.path}/send-example`, { eventType: "unheard.type" }],
    "unheard-3": [`${path}/endpoint`, { url: `${receiver.url}/unheard-too`, eventTypes: ["unheard.type"] }],
  };
  const ask = async (key) => {
    const { status, body } = await api.call("POST", calls[key][0], calls[key][1], { "idempotency-key": key });
    return [status, body.id];
  };
  const first = {};
  for (const key of Object.keys(calls)) first[key] = await ask(key);
  assert.deepEqual(Object.values(first).map(([status]) => status), [202, 202, 201]);
  await app.ended(message, 2);
  await receiver.wait("/unheard", 3);
  const followed = objects("Application").filter((file) => tables(file).includes("followed"));
  const [resent] = followed.flatMap((file) => rows(file, "SELECT id FROM followed")).map(({ id }) => id).sort().reverse();
  const ids = { "unheard-1": resent, "unheard-2": first["unheard-2"][1].replace("msg_", "qtask_"), "unheard-3": first["unheard-3"][1].replace("ep_", "qtask_") };
  // As if each had ended without an answer a second ago.
  const lost = Object.entries(ids).map(([key, id]) => `UPDATE once SET status = NULL, answer = '${id}', expires_at = ${Date.now() - 1_000} WHERE key = '${key}'`);
  await change("Registry", { once: lost.join(";") });
  for (const key of Object.keys(calls)) assert.deepEqual(await ask(key), first[key], key);
  const last = await app.send();
  await app.ended(last, 1);
  const arrived = receiver.at("/unheard").map(({ headers }) => headers["webhook-id"]);
  assert.deepEqual(arrived, [message, ...arrived.slice(1, 3), last]);
  assert.deepEqual(arrived.slice(1, 3).sort(), [message, first["unheard-2"][1]].sort());
  assert.equal((await api.get(`${path}/endpoint`)).data.length, 2);
});

test("what waits is cancelled, one by one and all at once, until somebody asks for it", async () => {
  const app = await application("cancelled", { retrySchedule: [0, 3600] });
  receiver.answers["/cancelled"] = [500];
  const messages = [await app.send(), await app.send(), await app.send()];
  for (const message of messages) await app.ended(message, 1);
  const one = await api.expect(200, "POST", `${app.own}/msg/${messages[0]}/endpoint/shop/cancel`);
  assert.deepEqual(one, { cancelled: 1, done: true });
  const all = await api.expect(200, "POST", `${app.own}/endpoint/shop/cancel-pending`);
  assert.deepEqual(all, { cancelled: 2, done: true });
  receiver.answers["/cancelled"] = [200];
  await app.resend(messages[0]);
  await app.ended(messages[0], 2);
  assert.equal(receiver.at("/cancelled").length, 4);
});

test("an example of an event type is sent to one endpoint", async () => {
  const app = await application("example", { eventTypes: ["other"] });
  const schemas = { 1: { type: "object", examples: [{ total: 1 }, { total: 2 }] } };
  await api.create("/api/v1/event-type", { name: "example.paid", description: "", schemas });
  const message = await api.expect(202, "POST", `${app.path}/send-example`, { eventType: "example.paid", exampleIndex: 1 });
  assert.deepEqual(message.payload, { total: 2 });
  const [arrived] = await receiver.wait("/example", 1);
  assert.deepEqual([arrived.headers["webhook-id"], JSON.parse(arrived.body)], [message.id, { total: 2 }]);
  const unknown = await api.call("POST", `${app.path}/send-example`, { eventType: "example.unknown" });
  assert.equal(unknown.status, 404);
});

test("an endpoint that is not there yet is tried with one signed request, and nothing of it is kept", async () => {
  receiver.answers["/tried"] = [{ status: 418, body: "short and stout" }];
  const endpoint = { url: `${receiver.url}/tried`, profile: "svix" };
  const answer = await api.expect(200, "POST", "/api/hookgate/v1/endpoint/test", { endpoint, payload: { n: 1 } });
  assert.deepEqual([answer.delivered, answer.responseStatusCode, answer.response], [false, 418, "short and stout"]);
  const [arrived] = receiver.at("/tried");
  new Webhook(answer.key).verify(arrived.body.toString(), arrived.headers);
  assert.deepEqual(JSON.parse(arrived.body), { n: 1 });
  const blocked = await api.call("POST", "/api/hookgate/v1/endpoint/test", { endpoint: { url: "https://a:b@example.com/" } });
  assert.equal(blocked.status, 422);
});

test("a deleted endpoint is not listed, gets nothing more, and leaves nothing in its object", async () => {
  const app = await application("deleted", { retrySchedule: [0, 1, 1, 1] });
  const { id: endpointId } = app;
  receiver.answers["/deleted"] = [500];
  await app.send();
  await receiver.wait("/deleted", 1);
  await api.expect(204, "DELETE", app.path);
  assert.equal((await api.call("GET", app.path)).status, 404);
  assert.equal((await api.call("DELETE", app.path)).status, 404);
  assert.deepEqual((await api.get("/api/v1/app/deleted/endpoint")).data, []);
  await app.send();
  const [retired] = await until(() => retiredEndpoints().length === 1 && retiredEndpoints());
  const before = receiver.at("/deleted").length;
  // One that began later, with the same schedule: at its third attempt a second one of the other's is overdue.
  receiver.answers["/deleted-next"] = [500];
  await api.create("/api/v1/app/deleted/endpoint", { url: `${receiver.url}/deleted-next`, uid: "shop", retrySchedule: [0, 1, 1, 1] });
  await app.send();
  await receiver.wait("/deleted-next", 3);
  assert.equal(receiver.at("/deleted").length, before);
  // Ten minutes later it goes, and is not brought back by whoever looks after objects.
  await change("Application", { departures: "UPDATE departures SET due_at = 0" });
  await app.send();
  await until(() => !tables(retired).includes("retired") && !isWatched(endpointId));
  await hookgate.ringCron(Date.now() + 3_600_000);
  assert.deepEqual(tables(retired), []);
});

/** The files of the objects of a kind. */
const objects = (kind) => filesOf(hookgate, kind);

/** Changes what the objects of a kind have in a table, while the runtime is down: nobody waits for ten minutes. */
async function change(kind, changes) {
  await hookgate.kill();
  for (const [table, sql] of Object.entries(changes)) {
    const files = objects(kind).filter((file) => tables(file).includes(table));
    assert.ok(files.length > 0, `no ${table}`);
    for (const file of files) {
      const database = new DatabaseSync(file);
      database.exec(sql);
      database.close();
    }
  }
  hookgate = await startHookgate({ folder: hookgate.folder });
  api = client(hookgate);
}

/** Whether an object is on the registry's watch. */
const isWatched = (name) => objects("Registry").some((file) => rows(file, "SELECT name FROM watch").some((row) => row.name === name));

/** The files of endpoints' objects that are empty because their endpoint was deleted. */
function retiredEndpoints() {
  return objects("Endpoint").filter((file) => {
    const count = (table) => rows(file, `SELECT COUNT(*) AS n FROM ${table}`)[0]?.n;
    const empty = tables(file).includes("retired") && count("retired") === 1;
    if (empty) for (const table of ["endpoint", "deliveries", "payloads", "attempts", "notices"]) assert.equal(count(table), 0, table);
    return empty;
  });
}

test("a deleted application is gone with its endpoints, and its uid is free", async () => {
  const app = await application("dissolved");
  const { id } = await api.get("/api/v1/app/dissolved");
  await app.send();
  await receiver.wait("/dissolved", 1);
  await api.expect(204, "DELETE", "/api/v1/app/dissolved");
  assert.equal((await api.call("GET", "/api/v1/app/dissolved")).status, 404);
  const late = await api.call("POST", "/api/v1/app/dissolved/msg", { eventType: "a", payload: {} });
  assert.equal(late.status, 404);
  assert.equal((await api.call("DELETE", "/api/v1/app/dissolved")).status, 404);
  await api.create("/api/v1/app", { name: "again", uid: "dissolved" });
  // Ten minutes later it goes, and is not brought back by whoever looks after objects.
  const closing = objects("Application").filter((file) => tables(file).includes("closing") && rows(file, "SELECT 1 FROM closing").length);
  assert.equal(closing.length, 1);
  await until(() => retiredEndpoints().length === 1);
  await change("Application", { departures: "UPDATE departures SET due_at = 0", closing: "UPDATE closing SET gone_at = 0" });
  await until(async () => {
    await hookgate.ringCron(Date.now() + 3_600_000);
    return !tables(closing[0]).includes("closing") && !isWatched(id);
  });
  await hookgate.ringCron(Date.now() + 3_600_000);
  assert.deepEqual(tables(closing[0]), []);
});

test("an event type is archived, taken out again, and expunged", async () => {
  const type = { name: "archived.type", description: "one" };
  const names = async (query = "") => (await api.get(`/api/v1/event-type?limit=250${query}`)).data.map(({ name }) => name);
  await api.create("/api/v1/event-type", type);
  await api.expect(204, "DELETE", "/api/v1/event-type/archived.type");
  assert.ok(!(await names()).includes(type.name));
  assert.ok((await names("&include_archived=true")).includes(type.name));
  assert.equal((await api.get("/api/v1/event-type/archived.type")).archived, true);
  const again = await api.create("/api/v1/event-type", { ...type, description: "two" });
  assert.deepEqual([again.archived, again.description], [false, "two"]);
  assert.ok((await names()).includes(type.name));
  await api.expect(204, "DELETE", "/api/v1/event-type/archived.type?expunge=true");
  assert.equal((await api.call("GET", "/api/v1/event-type/archived.type")).status, 404);
});

test("what happens to endpoints is told by operational webhooks, and not what happens to these", async () => {
  const path = "/api/v1/operational-webhook/endpoint";
  const listener = await api.create(path, { url: `${receiver.url}/operations`, uid: "listener" });
  const { key } = await api.get(`${path}/listener/secret`);
  await api.create("/api/v1/app", { name: "watched", uid: "watched" });
  const endpoint = await api.create("/api/v1/app/watched/endpoint", { url: `${receiver.url}/watched`, retrySchedule: [0] });
  receiver.answers["/watched"] = [500, 410];
  const send = async (eventId) => (await api.expect(202, "POST", "/api/v1/app/watched/msg", { eventType: "a", payload: {}, eventId })).id;
  const lost = await send("order-7");
  const { id: appId } = await api.get("/api/v1/app/watched");
  // Endpoints of other tests may still have something to tell.
  const events = () => receiver.at("/operations").map(({ body }) => JSON.parse(body)).filter((event) => event.data.appId === appId);
  const at = (type) => events().filter((event) => event.type === type);
  const told = (type) => until(() => at(type)[0]);
  const { data } = await told("message.attempt.exhausted");
  assert.deepEqual(
    { ...data, lastAttempt: data.lastAttempt.responseStatusCode },
    { appId, appUid: "watched", endpointId: endpoint.id, endpointUid: null, msgId: lost, msgEventId: "order-7", lastAttempt: 500 },
  );
  await send("order-8");
  const disabled = await told("endpoint.disabled");
  assert.deepEqual([disabled.data.endpointId, disabled.data.trigger], [endpoint.id, "automatic"]);
  await api.expect(204, "DELETE", `/api/v1/app/watched/endpoint/${endpoint.id}`);
  await told("endpoint.deleted");
  assert.equal(at("endpoint.created").filter((event) => event.data.endpointId === endpoint.id).length, 1);
  assert.ok(receiver.at("/operations").every(({ body }) => !body.includes(listener.id)));
  const [first] = receiver.at("/operations");
  new Webhook(key).verify(first.body.toString(), first.headers);
});
