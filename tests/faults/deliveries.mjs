/**
 * `npm run test:deliveries`: 10,000 pending deliveries over 100 endpoints, a third of them down, brought
 * to an end in the real runtime, which is killed meanwhile.
 *
 * 100 messages to 100 endpoints, the first attempts due after some seconds; 33 endpoints answer 500 until
 * the last `kill -9` has passed. Every delivery is then followed in the receiver's books and in the log of
 * attempts, also when they do not all come to an end. Ends with a table, and with code 1 unless every count
 * that must be 0 is 0. Not for measuring speed.
 *
 *   npm run test:deliveries [-- --seed=7 --messages=100 --endpoints=100 --kills=3]
 *
 * The seed decides which endpoints are down and after how many requests each kill comes; what is under way
 * in that moment is the machine's.
 */
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { parseArgs } from "node:util";

import { autopsy } from "../workerd/kit/autopsy.mjs";
import { client } from "../workerd/kit/client.mjs";
import { startHookgate, until } from "../workerd/kit/runtime.mjs";
import { dice } from "./dice.mjs";

const option = (value) => ({ type: "string", default: `${value}` });
const { values } = parseArgs({ options: { seed: option(randomInt(2 ** 31)), messages: option(100), endpoints: option(100), kills: option(3) } });
const [seed, messages, endpoints, kills] = [values.seed, values.messages, values.endpoints, values.kills].map(Number);

/** Seconds before each attempt: the first leaves time to store all of them, so that they are pending together. */
const SCHEDULE = [8, ...Array(49).fill(5)];
const WIDTH = 16;
const STALL_MS = 60_000;
const INTERRUPTED = /^interrupted/;

// Each life of the runtime is ended with this process, should it be interrupted.
process.setMaxListeners(2 * kills + 20);
console.log(`${messages * endpoints} deliveries to ${endpoints} endpoints, ${kills} kills, seed ${seed}`);

const started = Date.now();
const roll = dice(seed);
const down = new Set(shuffled(endpoints).slice(0, Math.floor(endpoints / 3)));
const moments = Array.from({ length: kills }, () => Math.floor(messages * endpoints * (0.05 + 0.7 * roll()))).sort((a, b) => a - b);
const books = { arrived: new Map(), requests: 0, delivered: 0 };
const receiver = await startReceiver();
let hookgate = await startHookgate();
let lives = 1;
try {
  const ids = await createEndpoints();
  const sent = await createMessages();
  console.log(`${sent.length} messages taken after ${seconds()}, ${books.requests} requests so far`);
  for (const moment of moments) {
    await progress(() => books.requests >= moment);
    const { folder } = hookgate;
    await hookgate.kill();
    hookgate = await startHookgate({ folder });
    lives += 1;
  }
  console.log(`${lives} lives, ${books.delivered} delivered after ${seconds()}; now all endpoints are up`);
  down.clear();
  // What does not arrive is counted.
  await progress(() => books.delivered >= sent.length * endpoints).catch((stalled) => console.log(stalled.message));
  const faults = await judge(ids, sent);
  console.log(`seed ${seed}, ${seconds()}`);
  process.exitCode = faults === 0 ? 0 : 1;
} finally {
  await Promise.all([hookgate.stop(), receiver.stop()]);
}

async function createEndpoints() {
  const api = client(hookgate);
  await api.create("/api/v1/app", { name: "deliveries", uid: "deliveries" });
  const numbers = Array.from({ length: endpoints }, (_, number) => number);
  return atOnce(numbers, async (number) => {
    const endpoint = { url: `${receiver.url}/${number}`, uid: `${number}`, retrySchedule: SCHEDULE };
    return (await api.create("/api/v1/app/deliveries/endpoint", endpoint)).id;
  });
}

async function createMessages() {
  const numbers = Array.from({ length: messages }, (_, number) => number);
  return atOnce(numbers, async (number) => {
    const answer = await client(hookgate).call("POST", "/api/v1/app/deliveries/msg", { eventType: "invoice.paid", eventId: `evt-${number}`, payload: { number } });
    if (answer.status !== 202) throw new Error(`a message was answered ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body.id;
  });
}

/** Compares what arrived with what the log of attempts says, for each delivery. */
async function judge(ids, sent) {
  const count = { attempts: 0, interrupted: 0, lost: 0, again: 0, afterSuccess: 0, unexplained: 0, unfinished: 0, pending: 0 };
  const deadline = Date.now() + STALL_MS;
  await atOnce([...ids.entries()], async ([number, id]) => {
    let log;
    const first = (msg) => (log.get(msg) ?? []).findIndex((attempt) => attempt.statusText === "success");
    await until(async () => {
      log = await logOf(id);
      return sent.every((msg) => first(msg) >= 0) || Date.now() > deadline;
    }, 2 * STALL_MS);
    // What is delivered has nothing left that could be sent.
    count.pending += (await client(hookgate).expect(200, "POST", `/api/hookgate/v1/app/deliveries/endpoint/${id}/cancel-pending`)).cancelled;
    for (const msg of sent) {
      const attempts = log.get(msg) ?? [];
      const arrived = books.arrived.get(`/${number} ${msg}`) ?? 0;
      const cut = attempts.filter((attempt) => INTERRUPTED.test(attempt.response)).length;
      // A receiver that was too slow for its timeout has the request, too.
      const silent = attempts.filter((attempt) => attempt.statusText === "fail" && attempt.responseStatusCode === 0).length - cut;
      count.attempts += attempts.length;
      count.interrupted += cut;
      count.unfinished += first(msg) < 0 ? 1 : 0;
      count.lost += arrived === 0 ? 1 : 0;
      count.again += Math.max(0, arrived - 1);
      count.afterSuccess += first(msg) < 0 ? 0 : attempts.length - 1 - first(msg);
      count.unexplained += Math.max(0, arrived - 1 - cut - silent);
    }
  });
  const rows = [
    ["deliveries", sent.length * endpoints],
    ["lives of the runtime", lives],
    ["requests to the endpoints", books.requests],
    ["attempts in the log", count.attempts],
    ["attempts that a kill interrupted", count.interrupted],
    ["delivered again: died between request and record", count.again - count.unexplained],
    ["lost: never arrived", count.lost, true],
    ["without a recorded success", count.unfinished, true],
    ["still pending in the end", count.pending, true],
    ["attempted again after a recorded success", count.afterSuccess, true],
    ["delivered again without a cause", count.unexplained, true],
  ];
  console.log();
  for (const [name, number, mustBeZero] of rows) {
    const verdict = !mustBeZero ? "" : number === 0 ? "  must be 0, is" : "  MUST BE 0";
    console.log(`${name.padEnd(52)} ${String(number).padStart(7)}${verdict}`);
  }
  return rows.reduce((sum, [, number, mustBeZero]) => sum + (mustBeZero ? number : 0), 0);
}

/** An endpoint's attempts by message, oldest first. */
async function logOf(id) {
  const log = new Map();
  for (let iterator = ""; ; ) {
    const page = await client(hookgate).expect(200, "GET", `/api/v1/app/deliveries/attempt/endpoint/${id}?limit=250&order=ascending${iterator}`);
    for (const attempt of page.data) log.set(attempt.msgId, [...(log.get(attempt.msgId) ?? []), attempt]);
    if (page.done) return log;
    iterator = `&iterator=${encodeURIComponent(page.iterator)}`;
  }
}

/** Waits for `condition`; a minute in which nothing arrives is a failure, told with what the storage says. */
async function progress(condition) {
  let [seen, moved] = [books.requests, Date.now()];
  while (!condition()) {
    if (books.requests > seen) [seen, moved] = [books.requests, Date.now()];
    if (Date.now() - moved > STALL_MS) throw new Error(`nothing has arrived for a minute: ${books.delivered} delivered\n${autopsy(hookgate)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Counts, and does not keep: what arrives is 10,000 bodies several times over. */
async function startReceiver() {
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      books.requests += 1;
      if (down.has(Number(request.url.slice(1)))) return response.writeHead(500).end();
      const delivery = `${request.url} ${request.headers["webhook-id"]}`;
      const before = books.arrived.get(delivery) ?? 0;
      books.arrived.set(delivery, before + 1);
      if (before === 0) books.delivered += 1;
      response.end();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const stop = async () => {
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  };
  return { url: `http://127.0.0.1:${server.address().port}`, stop };
}

/** The results of `work` on each, some at a time. */
async function atOnce(list, work) {
  const results = [];
  const left = [...list.entries()];
  const worker = async () => {
    for (let next = left.shift(); next; next = left.shift()) results[next[0]] = await work(next[1]);
  };
  await Promise.all(Array.from({ length: WIDTH }, worker));
  return results;
}

function shuffled(count) {
  const numbers = Array.from({ length: count }, (_, number) => number);
  return numbers.map((number) => [roll(), number]).sort(([a], [b]) => a - b).map(([, number]) => number);
}

function seconds() {
  return `${((Date.now() - started) / 1000).toFixed(0)} s`;
}
