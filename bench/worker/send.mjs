/**
 * What it costs to send, in the local runtime: messages of the API to 1, 10 and 100 endpoints of a local
 * receiver, in turns. Deliveries a second and CPU time of the runtime's process for each; the time from
 * due to sent under a steady load; and the same for endpoints that store few and many deliveries. Beside
 * them the least that a sender can do in this runtime (`bench/peers/sender.mjs`). Nothing is judged.
 *
 *   npm run bench -- send [--quick] [--json] [--build=dir …]
 */
import { cpus } from "node:os";
import { parseArgs } from "node:util";

import { closed, connections, median, open, percentile, until } from "./load.mjs";
import { startReceiver } from "./receiver.mjs";
import { ADMIN_TOKEN, api, startFloor, startHookgate } from "./runtime.mjs";

const ENDPOINTS = [1, 10, 100];
const WIDTH = 16;
const BYTES = 1024;
/** Deliveries a second of the steady load. */
const STEADY = 100;
const FULL = { warmUp: 3000, rounds: 5, deliveries: 1000, steady: 500, stored: [10, 10_000], alarms: 30 };
const QUICK = { warmUp: 500, rounds: 3, deliveries: 300, steady: 200, stored: [10, 1_000], alarms: 10 };

export async function sendBench(args) {
  const options = { quick: { type: "boolean" }, json: { type: "boolean" }, build: { type: "string", multiple: true, default: [] } };
  const { quick, json, build } = parseArgs({ args, options }).values;
  const plan = quick ? QUICK : FULL;
  const receiver = await startReceiver();
  const tell = (text) => process.stderr.write(`${text} …\n`);
  try {
    const sent = await byEndpoints(plan, receiver, build, tell);
    const stored = await byStored(plan, receiver, tell);
    const machine = { node: process.version, cpu: `${cpus().length} × ${cpus()[0]?.model}`, date: new Date().toISOString() };
    if (json) console.log(JSON.stringify({ machine, width: WIDTH, bytes: BYTES, steady: STEADY, sent, stored }, null, 2));
    else print(machine, sent, stored, plan);
  } finally {
    await receiver.stop();
  }
}

/** One application each, with so many endpoints. */
async function byEndpoints(plan, receiver, builds, tell) {
  tell("by hand");
  const sides = [{ name: "1, by hand", gateway: await startFloor(`${receiver.url}/0`), endpoints: 1 }];
  for (const build of [undefined, ...builds]) {
    for (const endpoints of ENDPOINTS) {
      tell(`${endpoints} endpoints`);
      const gateway = await startHookgate({ build });
      await api(gateway, "POST", "/api/v1/app", { name: "bench", uid: "bench" });
      for (let n = 0; n < endpoints; n += 1) await api(gateway, "POST", "/api/v1/app/bench/endpoint", { url: `${receiver.url}/${n}` });
      sides.push({ name: `${endpoints}${build ? `, ${build}` : ""}`, gateway, endpoints });
    }
  }
  try {
    for (const side of sides) await burst(side, receiver, Math.ceil(plan.warmUp / side.endpoints));
    const results = sides.map(() => ({ rounds: [], waits: [] }));
    for (let round = 0; round < plan.rounds; round += 1) {
      for (const [at, side] of sides.entries()) results[at].rounds.push(await burst(side, receiver, Math.ceil(plan.deliveries / side.endpoints)));
      for (const [at, side] of sides.entries()) results[at].waits.push(...(await steadily(side, receiver, Math.ceil(plan.steady / side.endpoints))));
    }
    return sides.map(({ name }, at) => ({
      name,
      perSecond: median(results[at].rounds.map(({ perSecond }) => perSecond)),
      cpu: median(results[at].rounds.map(({ cpu }) => cpu)),
      p50: percentile(results[at].waits, 0.5),
      p99: percentile(results[at].waits, 0.99),
    }));
  } finally {
    for (const { gateway } of sides) await gateway.stop();
  }
}

/** Messages as fast as they are taken; the clock stops when the last delivery has arrived. */
async function burst({ gateway, endpoints }, receiver, messages) {
  await receiver.take();
  const client = connections(gateway.url, WIDTH);
  const cpu = gateway.cpu();
  const started = performance.timeOrigin + performance.now();
  await closed(client, Array.from({ length: messages }, message), WIDTH);
  client.close();
  const arrived = await all(receiver, messages * endpoints);
  const took = Math.max(...arrived.map(([, at]) => at)) - started;
  return { perSecond: (arrived.length / took) * 1000, cpu: ((gateway.cpu() - cpu) / arrived.length) * 1000 };
}

/** Milliseconds from the moment each delivery was due, which is when its message was accepted, to its arrival. */
async function steadily({ gateway, endpoints }, receiver, messages) {
  await receiver.take();
  const due = new Map();
  const client = connections(gateway.url, 256);
  const noting = { post: async (request) => due.set(...accepted(await client.post(request))) };
  await open(noting, Array.from({ length: messages }, message), STEADY / endpoints);
  client.close();
  const arrived = await all(receiver, messages * endpoints);
  return arrived.map(([id, at]) => at - due.get(id));
}

/** Ten deliveries that are due, at an endpoint that stores few and at one that stores many. */
async function byStored(plan, receiver, tell) {
  const sides = plan.stored.map((stored) => ({ name: `${stored}`, stored }));
  for (const side of sides) {
    tell(`${side.stored} stored deliveries`);
    side.gateway = await startHookgate();
    side.endpoints = 1;
    await api(side.gateway, "POST", "/api/v1/app", { name: "bench", uid: "bench" });
    const endpoint = { uid: "bench", url: `${receiver.url}/stored` };
    // What is stored is due in an hour.
    await api(side.gateway, "POST", "/api/v1/app/bench/endpoint", { ...endpoint, retrySchedule: [3600] });
    const client = connections(side.gateway.url, WIDTH);
    await closed(client, Array.from({ length: side.stored }, message), WIDTH);
    client.close();
    await api(side.gateway, "PUT", "/api/v1/app/bench/endpoint/bench", { ...endpoint, retrySchedule: [0] });
    await burst(side, receiver, plan.warmUp / 10);
  }
  try {
    const cpu = sides.map(() => []);
    for (let round = 0; round < plan.rounds; round += 1) {
      for (const [at, side] of sides.entries()) {
        const before = side.gateway.cpu();
        for (let alarm = 0; alarm < plan.alarms; alarm += 1) await burst(side, receiver, 10);
        cpu[at].push(((side.gateway.cpu() - before) / plan.alarms) * 1000);
      }
    }
    return sides.map(({ stored }, at) => ({ stored, cpu: median(cpu[at]), ratio: median(cpu[at]) / median(cpu[0]) }));
  } finally {
    for (const { gateway } of sides) await gateway.stop();
  }
}

async function all(receiver, count) {
  await until(async () => (await receiver.count()) >= count);
  return receiver.take();
}

const payload = { text: "x".repeat(BYTES - 20) };
const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };

function message() {
  return { path: "/api/v1/app/bench/msg?with_content=false", headers, body: Buffer.from(JSON.stringify({ eventType: "invoice.paid", payload })) };
}

function accepted(answer) {
  const { id, timestamp } = JSON.parse(answer);
  return [id, Date.parse(timestamp)];
}

function print({ node, cpu }, sent, stored, plan) {
  console.log(`\n${BYTES} bytes, ${WIDTH} connections, medians of ${plan.rounds} rounds in turns; from due to sent at ${STEADY} deliveries/s; Node ${node}, ${cpu}`);
  console.log(`\n${"endpoints".padEnd(24)}${["deliveries/s", "CPU µs", "p50 ms", "p99 ms"].map((text) => text.padStart(14)).join("")}`);
  for (const row of sent) {
    console.log(`${row.name.padEnd(24)}${[row.perSecond.toFixed(0), row.cpu.toFixed(0), row.p50.toFixed(1), row.p99.toFixed(1)].map((cell) => cell.padStart(14)).join("")}`);
  }
  console.log(`\n${"stored deliveries".padEnd(24)}${["CPU µs of 10", "ratio"].map((text) => text.padStart(14)).join("")}`);
  for (const row of stored) console.log(`${row.stored.toString().padEnd(24)}${row.cpu.toFixed(0).padStart(14)}${row.ratio.toFixed(2).padStart(14)}`);
}
