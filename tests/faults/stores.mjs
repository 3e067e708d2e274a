/**
 * `npm run test:stores`: the real runtime over stores that fail. KV, R2, the queue and the inboxes each
 * refuse, hang for a minute, or take effect without a word, while providers send.
 *
 * For each store and each fault: events are sent, a fifth of them twice at once, and forged ones among
 * them; then the store is well again, and the providers send what was not acknowledged. Ends with a table,
 * and with code 1 unless every count that must be 0 is 0. Not for measuring speed.
 *
 *   npm run test:stores [-- --seed=7 --events=10]
 */
import { randomInt } from "node:crypto";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { client } from "../workerd/kit/client.mjs";
import { PROVIDERS, fresh } from "../workerd/kit/providers.mjs";
import { startReceiver } from "../workerd/kit/receiver.mjs";
import { startHookgate, until } from "../workerd/kit/runtime.mjs";
import { dice } from "./dice.mjs";

const { values } = parseArgs({
  options: { seed: { type: "string", default: `${randomInt(2 ** 31)}` }, events: { type: "string", default: "10" } },
});
const [seed, count] = [values.seed, values.events].map(Number);
const roll = dice(seed);

const STORES = ["SOURCES", "DEDUP", "EVENTS", "INBOX", "PAYLOADS"];
const FAULTS = ["fails", "unheard", "hangs"];
/** Whoever waits longer for an answer is no provider that we know. */
const PROVIDER_MS = 20_000;
/** Past what a queue message holds. */
const LARGE = 200_000;
const { secret, other } = PROVIDERS.stripe;

console.log(`${STORES.length} stores, ${FAULTS.length} faults, ${count} events each, seed ${seed}`);
const started = Date.now();
const receiver = await startReceiver();
const hookgate = await startHookgate({
  main: fileURLToPath(new URL("./entry.mjs", import.meta.url)),
  // Every request asks KV for its source.
  settings: { HOOKGATE_SOURCE_CACHE_SECS: "0" },
});
const rows = [];
try {
  for (const store of STORES) {
    for (const fault of FAULTS) rows.push(await trial(store, fault));
  }
} finally {
  await Promise.all([hookgate.stop(), receiver.stop()]);
}
report();

async function trial(store, fault) {
  const name = `${store}-${fault}`.toLowerCase();
  await tell({});
  // In R2 stands what is too large for the queue.
  const made = await client(hookgate).source(name, "stripe", secret, { url: `${receiver.url}/${name}` }, { bodyCap: 1_000_000 });
  const large = store === "PAYLOADS";
  if (large && (await send(made.uid, await sized("evt_probe", secret, large))).status === 413) return { store, fault, unused: true };
  const row = { store, fault, met: 0, acknowledged: 0, asked: 0, unanswered: 0, forged: 0, twice: 0, lost: 0, never: 0, dead: 0 };

  await tell({ [store]: fault });
  const ids = new Map();
  const jobs = [];
  for (let n = 0; n < count; n += 1) {
    const id = `evt_${name}_${n}`;
    ids.set(id, new Set());
    for (let copies = roll() < 0.2 ? 2 : 1; copies > 0; copies -= 1) jobs.push({ id });
    if (roll() < 0.3) jobs.push({ id: `evt_forged_${n}`, forged: true });
  }
  const attempt = async ({ id, forged }) => {
    const answer = await send(name, await sized(id, forged ? other : secret, large));
    if (answer.status === undefined) row.unanswered += 1;
    else if (answer.status === 503) row.asked += 1;
    else if (answer.status === 200 && forged) row.forged += 1;
    else if (answer.status === 200) ids.get(id).add(answer.body.id);
    return answer.status === 200 || (forged && answer.status === 401);
  };
  const done = await Promise.all(jobs.map(attempt));
  row.met = (await tell({}))[store] ?? 0;

  // The providers send again what nobody acknowledged, and each genuine event once more.
  for (const [at, job] of jobs.entries()) {
    if (!done[at] || !job.forged) await until(() => attempt(job), 60_000, () => `${job.id} is never acknowledged`).catch(() => (row.never += 1));
  }
  row.acknowledged = [...ids.values()].filter((of) => of.size > 0).length;
  row.twice = [...ids.values()].filter((of) => of.size > 1).length;
  const delivered = () => new Set(receiver.at(`/${name}`).map((request) => request.headers["webhook-id"]));
  const missing = () => [...ids.values()].flatMap((of) => [...of]).filter((id) => !delivered().has(id));
  await until(() => missing().length === 0, 90_000).catch(() => (row.lost = missing().length));
  const wanted = new Set([...ids.values()].flatMap((of) => [...of]));
  row.twice += [...delivered()].filter((id) => !wanted.has(id) && !large).length;
  if ((await fetch(`${hookgate.url}/api/v1/health`)).status !== 204) row.dead = 1;
  return row;
}

async function sized(id, with_, large) {
  const event = await fresh("stripe", { id, secret: with_ });
  if (!large) return event;
  const { default: Stripe } = await import("stripe");
  const payload = JSON.stringify({ id, object: "event", type: "invoice.paid", padding: "x".repeat(LARGE) });
  const header = new Stripe("sk_test_unused").webhooks.generateTestHeaderString({ payload, secret: with_ });
  return { headers: { "stripe-signature": header }, body: payload };
}

async function send(source, { headers, body }) {
  try {
    const response = await fetch(`${hookgate.url}/in/${source}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body,
      signal: AbortSignal.timeout(PROVIDER_MS),
    });
    return { status: response.status, body: await response.json() };
  } catch {
    return {};
  }
}

/** What is to fail from now on; answers how often each store failed since the last time. */
async function tell(faults) {
  const response = await fetch(`${hookgate.url}/faults`, { method: "POST", body: JSON.stringify(faults) });
  return response.json();
}

function report() {
  const columns = ["met", "acknowledged", "asked", "unanswered", "forged", "twice", "lost", "never", "dead"];
  const zero = ["unanswered", "forged", "twice", "lost", "never", "dead"];
  console.log(`\n${"store".padEnd(9)} ${"fault".padEnd(8)} ${columns.map((name) => name.padStart(12)).join(" ")}`);
  for (const row of rows) {
    const cells = row.unused ? ["  not used by this build"] : columns.map((name) => String(row[name]).padStart(12));
    console.log(`${row.store.padEnd(9)} ${row.fault.padEnd(8)} ${cells.join(" ")}`);
  }
  console.log("met: failed calls. asked: answered 503. Must be 0: unanswered in the provider's time, forged accepted, admitted twice, acknowledged and lost, never acknowledged, the process dead.");
  const broken = rows.reduce((sum, row) => sum + zero.reduce((part, name) => part + (row[name] ?? 0), 0), 0);
  // A fault that nobody met proves nothing.
  const idle = rows.filter((row) => !row.unused && row.met === 0).map((row) => `${row.store} ${row.fault}`);
  if (idle.length > 0) console.log(`never met: ${idle.join(", ")}`);
  console.log(`seed ${seed}, ${((Date.now() - started) / 1000).toFixed(0)} s, ${broken} broken promises`);
  process.exitCode = broken === 0 && idle.length === 0 ? 0 : 1;
}
