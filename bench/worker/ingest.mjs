/**
 * What it costs to receive an event, in the local runtime: Hookgate with each `dedup.store` beside a
 * Worker that is written by hand (`bench/peers/worker.mjs`), in turns, so that what disturbs the machine
 * disturbs all alike. Events a second, CPU time of the runtime's process for each event until the queue's
 * consumer has it, and the time to acknowledge under a steady load. Nothing is judged.
 *
 *   npm run bench -- ingest [--quick] [--json] [--build=dir …]
 *
 * `--build` measures other builds of the Worker as well. The simulators of KV and of the queue run in
 * the same process and are counted; the storage lies in TMPDIR.
 */
import { cpus } from "node:os";
import { parseArgs } from "node:util";

import { SECRET, events } from "./events.mjs";
import { closed, connections, median, open, percentile, until } from "./load.mjs";
import { api, startHookgate, startPeer } from "./runtime.mjs";

const STORES = ["none", "kv", "durable_object", "both"];
const SIZES = [1024, 65_536];
const WIDTH = 16;
/** Events a second: some half of what the slowest takes. */
const STEADY = 50;
const FULL = { warmUp: 3000, rounds: 7, events: { 1024: 1000, 65_536: 300 }, steady: 300, sources: 1000, claims: 100_000 };
const QUICK = { warmUp: 2000, rounds: 3, events: { 1024: 300, 65_536: 100 }, steady: 100, sources: 50, claims: 5_000 };

export async function ingestBench(args) {
  const options = { quick: { type: "boolean" }, json: { type: "boolean" }, build: { type: "string", multiple: true, default: [] } };
  const { quick, json, build } = parseArgs({ args, options }).values;
  const plan = quick ? QUICK : FULL;
  const tell = (text) => process.stderr.write(`${text} …\n`);

  const stores = await besideThePeer(plan, build, tell);
  const growth = [await bySources(plan, tell), await byClaims(plan, tell)];
  const machine = { node: process.version, cpu: `${cpus().length} × ${cpus()[0]?.model}`, date: new Date().toISOString() };
  if (json) return console.log(JSON.stringify({ machine, width: WIDTH, steady: STEADY, stores, growth }, null, 2));
  print(machine, stores, growth, plan);
}

/** Every store, in turns with the peer. */
async function besideThePeer(plan, builds, tell) {
  const sides = [{ name: "by hand, KV", gateway: await startPeer(SECRET) }];
  for (const store of STORES) {
    for (const build of [undefined, ...builds]) {
      const gateway = await startHookgate({ consumer: true, build });
      await addSource(gateway, "bench", store);
      sides.push({ name: build ? `${store}, ${build}` : store, gateway });
    }
  }
  try {
    const rows = [];
    for (const size of SIZES) {
      tell(`${size} bytes`);
      // The runtime compiles what is hot once more: before that, WebAssembly runs at a third of its speed.
      const warmUp = size === SIZES[0] ? plan.warmUp : plan.events[size];
      for (const { gateway } of sides) await pass(gateway, events(warmUp, "bench", size));
      const rounds = await inTurns(sides, plan.rounds, ({ gateway }) => pass(gateway, events(plan.events[size], "bench", size)));
      const acks = await inTurns(sides, plan.rounds, ({ gateway }) => steadily(gateway, events(plan.steady, "bench", size)));
      rows.push(...sides.map(({ name }, at) => ({ size, name, ...summary(rounds[at], acks[at].flat()) })));
    }
    return rows.map((row) => ({ ...row, ...beside(row, rows.find(({ size, name }) => size === row.size && name === sides[0].name)) }));
  } finally {
    for (const { gateway } of sides) await gateway.stop();
  }
}

/** One source that gets everything, and many that share it. */
async function bySources(plan, tell) {
  tell(`${plan.sources} sources`);
  const sides = [1, plan.sources].map((sources) => ({ name: `${sources} sources`, names: Array.from({ length: sources }, (_, n) => `bench-${n}`) }));
  for (const side of sides) {
    side.gateway = await startHookgate({ consumer: true });
    for (const name of side.names) await addSource(side.gateway, name, "durable_object");
  }
  const mixed = ({ names }, count) => Array.from({ length: count }, (_, n) => events(1, names[n % names.length], 1024)[0]);
  return grown(plan, sides, mixed, Math.max(plan.warmUp, 8 * plan.sources));
}

/** An inbox with nothing in it, and one with many live claims. */
async function byClaims(plan, tell) {
  tell(`${plan.claims} claims`);
  const sides = [0, plan.claims].map((claims) => ({ name: `${claims} live claims`, claims }));
  for (const side of sides) {
    side.gateway = await startHookgate({ consumer: true });
    await addSource(side.gateway, "bench", "durable_object");
    for (let left = side.claims; left > 0; left -= 5000) await pass(side.gateway, events(Math.min(5000, left), "bench", 256));
  }
  return grown(plan, sides, (_side, count) => events(count, "bench", 1024), plan.warmUp);
}

async function grown(plan, sides, make, warmUp) {
  try {
    for (const side of sides) await pass(side.gateway, make(side, warmUp));
    const rounds = await inTurns(sides, plan.rounds, (side) => pass(side.gateway, make(side, plan.events[1024])));
    const acks = await inTurns(sides, plan.rounds, (side) => steadily(side.gateway, make(side, plan.steady)));
    const rows = sides.map(({ name }, at) => ({ name, ...summary(rounds[at], acks[at].flat()) }));
    return rows.map((row) => ({ ...row, ...beside(row, rows[0]) }));
  } finally {
    for (const { gateway } of sides) await gateway.stop();
  }
}

function addSource(gateway, name, store) {
  const source = { name, uid: name, type: "stripe", config: { secret: SECRET }, dedup: { store } };
  return api(gateway, "POST", "/ingest/api/v1/source", source);
}

/** Sends as fast as it goes, and waits until the consumer has everything. */
async function pass(gateway, requests) {
  const client = connections(gateway.url, WIDTH);
  const [before, cpu] = [await gateway.taken(), gateway.cpu()];
  const took = await closed(client, requests, WIDTH);
  client.close();
  await until(async () => (await gateway.taken()) >= before + requests.length);
  return { perSecond: (requests.length / took) * 1000, cpu: ((gateway.cpu() - cpu) / requests.length) * 1000 };
}

async function steadily(gateway, requests) {
  const client = connections(gateway.url, 256);
  const before = await gateway.taken();
  const acks = await open(client, requests, STEADY);
  client.close();
  await until(async () => (await gateway.taken()) >= before + requests.length);
  return acks;
}

async function inTurns(sides, rounds, run) {
  const results = sides.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [at, side] of sides.entries()) results[at].push(await run(side));
  }
  return results;
}

function summary(rounds, acks) {
  return {
    perSecond: median(rounds.map(({ perSecond }) => perSecond)),
    cpu: median(rounds.map(({ cpu }) => cpu)),
    p50: percentile(acks, 0.5),
    p99: percentile(acks, 0.99),
    p999: percentile(acks, 0.999),
  };
}

const beside = (row, other) => ({ rateRatio: row.perSecond / other.perSecond, cpuRatio: row.cpu / other.cpu });

function print({ node, cpu }, stores, growth, plan) {
  const head = ["events/s", "ratio", "CPU µs", "ratio", "p50 ms", "p99", "p99.9"].map((text) => text.padStart(9)).join("");
  const line = (row) => {
    const cells = [row.perSecond.toFixed(0), row.rateRatio.toFixed(2), row.cpu.toFixed(0), row.cpuRatio.toFixed(2), row.p50.toFixed(1), row.p99.toFixed(1), row.p999.toFixed(1)];
    return `${row.name.padEnd(24)}${cells.map((cell) => cell.padStart(9)).join("")}`;
  };
  console.log(`\nmedians of ${plan.rounds} rounds in turns, ${WIDTH} connections; time to acknowledge at ${STEADY} events/s; Node ${node}, ${cpu}`);
  for (const size of SIZES) {
    console.log(`\n${`${size >> 10} KiB`.padEnd(24)}${head}`);
    for (const row of stores.filter((row) => row.size === size)) console.log(line(row));
  }
  for (const rows of growth) {
    console.log(`\n${"durable_object, 1 KiB".padEnd(24)}${head}`);
    for (const row of rows) console.log(line(row));
  }
}
