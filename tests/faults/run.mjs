/**
 * `npm run test:faults`: the real runtime is killed again and again while providers send, and every
 * event is followed to its delivery.
 *
 * 5,000 events at concurrency 32, a fifth of them sent twice, and 500 forged requests; at ten random
 * moments `kill -9` of everything, and a restart on the storage that is left. Ends with a table, and
 * with code 1 unless every count that must be 0 is 0. Not for measuring speed.
 *
 *   npm run test:faults [-- --seed=7 --events=5000 --kills=10]
 *
 * The seed decides which events are doubled, what is forged and how, and after how many acknowledgements
 * each kill comes; what is under way in that moment is the machine's.
 */
import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";

import { client } from "../workerd/kit/client.mjs";
import { PROVIDERS } from "../workerd/kit/providers.mjs";
import { startReceiver } from "../workerd/kit/receiver.mjs";
import { startHookgate } from "../workerd/kit/runtime.mjs";
import { dice } from "./dice.mjs";
import { judge } from "./judge.mjs";
import { plan, send } from "./providers.mjs";
import { settle } from "./settle.mjs";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: `${randomInt(2 ** 31)}` },
    events: { type: "string", default: "5000" },
    kills: { type: "string", default: "10" },
  },
});
const [seed, events, kills] = [values.seed, values.events, values.kills].map(Number);
const CONCURRENCY = 32;

// Each life of the runtime is ended with this process, should it be interrupted.
process.setMaxListeners(2 * kills + 20);
console.log(`${events} events, concurrency ${CONCURRENCY}, ${kills} kills, seed ${seed}`);

const started = Date.now();
const roll = dice(seed);
const city = { hookgate: await startHookgate({ settings: { HOOKGATE_LEASE_SECS: "5" } }), restarting: undefined, lives: 1 };
const receiver = await startReceiver();
try {
  await client(city.hookgate).source("faults", "stripe", PROVIDERS.stripe.secret, { url: `${receiver.url}/faults` });
  const jobs = plan(roll, events);
  const moments = Array.from({ length: kills }, () => Math.floor(events * (0.02 + 0.96 * roll()))).sort((a, b) => a - b);
  const books = { acknowledged: new Map(), forged: { sent: 0, accepted: 0 }, requests: 0, refused: [] };

  const worker = async () => {
    for (let job = jobs.shift(); job; job = jobs.shift()) {
      await send(city, job, books);
      if (moments.length > 0 && books.acknowledged.size >= moments[0] && !city.restarting) {
        moments.shift();
        city.restarting = restart(city);
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  // Moments that came while the runtime was down.
  for (; moments.length > 0; moments.shift()) {
    await city.restarting;
    city.restarting = restart(city);
  }
  await city.restarting;
  console.log(`all sent after ${seconds(started)}; ${city.lives} lives of the runtime`);

  const stalls = await settle(city, receiver, books);
  const faults = await judge({ city, receiver, books, events, stalls });
  console.log(`seed ${seed}, ${seconds(started)}`);
  process.exitCode = faults === 0 ? 0 : 1;
} finally {
  await Promise.all([city.hookgate.stop(), receiver.stop()]);
}

async function restart(city) {
  const { folder } = city.hookgate;
  await city.hookgate.kill();
  city.hookgate = await startHookgate({ folder, settings: { HOOKGATE_LEASE_SECS: "5" } });
  city.lives += 1;
  city.restarting = undefined;
}

function seconds(since) {
  return `${((Date.now() - since) / 1000).toFixed(0)} s`;
}
