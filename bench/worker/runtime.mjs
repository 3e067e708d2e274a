/**
 * The local runtime for a bench: miniflare, which comes with wrangler and is what `wrangler dev` runs, without its proxy
 * in front. Every Worker listens on a socket of its own, the same for both sides, and each side has a
 * process and a storage of its own, so that its CPU time can be told.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Miniflare, convertV4MiniflareOptions } from "miniflare";

import { path } from "../../tools/project.mjs";

export const ADMIN_TOKEN = "bench-admin-token-0123456789";
const COMPATIBILITY_DATE = "2026-11-01";
const TICKS_PER_SECOND = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
const OBJECTS = { INBOX: "InboxObject", APPLICATION: "ApplicationObject", ENDPOINT: "EndpointObject", REFUSALS: "RefusalsObject", REGISTRY: "RegistryObject" };

const SOCKET = [{ host: "127.0.0.1", port: 0 }];
const QUEUE = { queueName: "events" };
const CONSUMER = { maxBatchSize: 100, maxBatchTimeout: 1, maxRetries: 10 };

/** Hookgate, as it is in the directory `build`. Without a `consumer` it is its own. */
export function startHookgate({ consumer = false, build = path("build", "worker") } = {}) {
  const hookgate = {
    name: "hookgate",
    compatibilityDate: COMPATIBILITY_DATE,
    modulesRoot: build,
    modules: [
      { type: "ESModule", path: join(build, "index.js") },
      { type: "CompiledWasm", path: join(build, "index_bg.wasm") },
    ],
    bindings: {
      HOOKGATE_MASTER_KEY: Buffer.alloc(32, 7).toString("base64"),
      HOOKGATE_ADMIN_TOKEN: ADMIN_TOKEN,
      HOOKGATE_ALLOW_PRIVATE_ENDPOINTS: "true",
    },
    kvNamespaces: ["SOURCES", "DEDUP"],
    r2Buckets: ["PAYLOADS"],
    queueProducers: { EVENTS: QUEUE },
    ...(consumer ? {} : { queueConsumers: { events: CONSUMER } }),
    durableObjects: Object.fromEntries(Object.entries(OBJECTS).map(([binding, className]) => [binding, { className, useSQLite: true }])),
    unsafeDirectSockets: SOCKET,
  };
  const inbox = { INBOX: { className: OBJECTS.INBOX, scriptName: "hookgate", useSQLite: true } };
  return start([hookgate, ...(consumer ? [consumerWorker({ durableObjects: inbox })] : [])]);
}

/** The Worker that is written by hand, with the same consumer. */
export function startPeer(secret) {
  const peer = {
    name: "peer",
    compatibilityDate: COMPATIBILITY_DATE,
    modules: [{ type: "ESModule", path: path("bench/peers/worker.mjs") }],
    bindings: { SECRET: secret },
    kvNamespaces: ["DEDUP"],
    queueProducers: { EVENTS: QUEUE },
    unsafeDirectSockets: SOCKET,
  };
  return start([peer, consumerWorker()]);
}

/** The least that a sender can do, by hand. */
export function startFloor(receiver) {
  return start([
    {
      name: "floor",
      compatibilityDate: COMPATIBILITY_DATE,
      compatibilityFlags: ["nodejs_compat"],
      modules: [{ type: "ESModule", path: path("bench/peers/sender.mjs") }],
      bindings: { SECRET: "floor", RECEIVER: receiver },
      durableObjects: Object.fromEntries(["APPLICATION", "ENDPOINT"].map((binding) => [binding, { className: OBJECTS[binding], useSQLite: true }])),
      unsafeDirectSockets: SOCKET,
    },
  ]);
}

function consumerWorker(more = {}) {
  return {
    name: "consumer",
    compatibilityDate: COMPATIBILITY_DATE,
    modules: [{ type: "ESModule", path: path("bench/worker/consumer.mjs") }],
    queueConsumers: { events: CONSUMER },
    unsafeDirectSockets: SOCKET,
    ...more,
  };
}

async function start(workers) {
  const folder = mkdtempSync(join(tmpdir(), "hookgate-bench-"));
  const before = new Set(runtimes());
  const miniflare = new Miniflare(convertV4MiniflareOptions({ resourcePersistencePath: folder, workers }));
  await miniflare.ready;
  const pid = runtimes().find((each) => !before.has(each));
  const url = (await miniflare.unsafeGetDirectURL(workers[0].name)).origin;
  const taken = workers[1] && (await miniflare.unsafeGetDirectURL(workers[1].name)).origin;
  return {
    url,
    folder,
    pid,
    /** How many messages the consumer has taken. */
    taken: async () => (await fetch(taken)).json(),
    /** Milliseconds of CPU that the runtime's process has used so far. */
    cpu: () => cpuOf(pid),
    async stop() {
      await miniflare.dispose();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Calls the API. */
export async function api({ url }, method, route, body) {
  const response = await fetch(url + route, {
    method,
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" },
    body: body && JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${route}: ${response.status} ${text}`);
  return text && JSON.parse(text);
}

/** The workerd processes that this one has started. */
function runtimes() {
  return readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && isRuntime(pid));
}

function isRuntime(pid) {
  const stat = statOf(pid);
  return stat !== undefined && stat.name === "workerd" && stat.parent === process.pid;
}

function cpuOf(pid) {
  const { user, system } = statOf(pid);
  return ((user + system) / TICKS_PER_SECOND) * 1000;
}

function statOf(pid) {
  try {
    const [, name, rest] = /^\d+ \((.*)\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8"));
    const fields = rest.split(" ");
    return { name, parent: Number(fields[1]), user: Number(fields[11]), system: Number(fields[12]) };
  } catch {
    return undefined; // it has just ended
  }
}
