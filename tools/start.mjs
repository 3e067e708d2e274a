/**
 * `npm start`: from a clone to a running, seeded Hookgate, and an address to look at.
 *
 * Set-up, development keys, build, demo receiver, workerd (through `wrangler dev`, its storage in
 * .wrangler/state), seed. Stays until Ctrl-C, or until workerd ends: then so does this, with a code
 * other than 0. Not for a deploy (`npm run deploy`).
 *
 *   npm start -- [--port 8787] [--receiver-port 8788]   another port has a storage of its own
 */
import { parseArgs } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";

import { buildVerify, buildWorker } from "./build.mjs";
import { DEMO_SCHEMES } from "./demo/events.mjs";
import { startReceiver } from "./demo/receiver.mjs";
import { seed } from "./demo/seed.mjs";
import { demoSecret, developmentKeys } from "./keys.mjs";
import { addresses, mustBeFree } from "./ports.mjs";
import { Failure, launch, main, seconds, step } from "./process.mjs";
import { setup } from "./setup.mjs";

const READY_WITHIN_MS = 60_000;
/** wrangler starts a crashed runtime anew, which then answers nothing. */
const RUNTIME_DIED = /runtime crashed unexpectedly/;
/** Without internet, wrangler says so whenever it starts: a warning and its stack, for no harm. */
const HARMLESS = /Unable to fetch the `Request\.cf` object/;
const STACK_LINE = /^(\w*Error: |\s)/;
/** What an open dashboard asks every two seconds would push everything else off the screen. */
const ROUTINE = /^\[wrangler:info\] GET \/(?:ingest\/)?api\/\S* 200 OK/;
/** What `untilSignal` rejects with. */
const STOP = Symbol("stop");

await main(async () => {
  const started = performance.now();
  const { values: flags } = parseArgs({ options: { port: { type: "string" }, "receiver-port": { type: "string" } } });
  const at = addresses(flags);
  await mustBeFree(at);

  const keys = developmentKeys();
  await setup();
  console.log("\nbuild");
  await buildWorker();
  await buildVerify();

  console.log("\nrun");
  const receiver = await startReceiver({ port: at.receiverPort, secret: demoSecret(keys.masterKey, "endpoint") });
  const workerd = launchWorkerd(at);
  const stopped = untilSignal();
  const over = new AbortController();
  try {
    await Promise.race([bringUp(at, keys, over.signal), workerd.died, stopped]);
    announce(at, keys, performance.now() - started);
    workerd.showOutput();
    await Promise.race([workerd.died, stopped]);
  } catch (reason) {
    if (reason !== STOP) throw reason;
    console.log("\nstopping");
  } finally {
    over.abort();
    receiver.close();
    await workerd.stop();
  }
});

async function bringUp(at, keys, over) {
  await step("workerd", async () => {
    await healthy(at.hookgate, over);
    return at.hookgate;
  });
  await step("demo", async () => {
    const created = await seed({ ...at, ...keys });
    return created === 0 ? "present" : `${created} sources, applications and endpoints created`;
  });
}

/** Waits for the health check; what it answers instead is the reason when it never comes. */
async function healthy(hookgate, over) {
  const deadline = performance.now() + READY_WITHIN_MS;
  let last = "nothing";
  while (performance.now() < deadline) {
    try {
      const response = await fetch(`${hookgate}/api/v1/health`, { signal: AbortSignal.timeout(5_000) });
      if (response.status === 204) return;
      last = `${response.status} ${(await response.text()).slice(0, 300)}`;
      // Waiting mends no variable.
      if (last.includes('"misconfigured"')) break;
    } catch (error) {
      last = error.cause?.code ?? error.message;
    }
    await sleep(150, undefined, { signal: over });
  }
  throw new Failure(`GET /api/v1/health must answer 204, after ${READY_WITHIN_MS / 1000} s at most. Its last answer: ${last}`);
}

/** `died` rejects, with the runtime's last words, when it ends before it is told to. */
function launchWorkerd({ port, state }) {
  const lastWords = [];
  let show = false;
  let harmless = false;
  let crash;
  const crashed = new Promise((resolve) => (crash = resolve));
  const onLine = (line) => {
    if (RUNTIME_DIED.test(line)) crash("a crash");
    harmless = HARMLESS.test(line) || (harmless && STACK_LINE.test(line));
    if (harmless || ROUTINE.test(line)) return;
    lastWords.push(line);
    if (lastWords.length > 30) lastWords.shift();
    if (show) console.log(line);
  };
  const args = ["dev", "--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0", "--persist-to", state];
  const { ended, stop } = launch("wrangler", [...args, "--show-interactive-dev-session=false"], { onLine });
  const died = Promise.race([ended, crashed]).then((how) => {
    throw new Failure(`workerd ended with ${how}. Its last words:\n\n${lastWords.join("\n")}`);
  });
  died.catch(() => {}); // awaited by the caller, or of no interest once it stops
  return { died, stop, showOutput: () => (show = true) };
}

/** Rejects with `STOP` at Ctrl-C, or when the terminal or a supervisor ends this. */
function untilSignal() {
  const parent = process.ppid;
  const stopped = new Promise((_, reject) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => reject(STOP));
    // npm runs this below a shell, which keeps a SIGTERM for itself: to be orphaned means the same.
    setInterval(() => process.ppid === parent || reject(STOP), 1_000).unref();
  });
  stopped.catch(() => {});
  return stopped;
}

function announce({ hookgate, receiver, state }, { adminToken }, took) {
  const turn = `curl -s ${receiver}/switch -H 'content-type: application/json' -d '{"answer":"500"}'`;
  const url = hookgate.endsWith(":8787") ? "" : ` --url ${hookgate}`;
  console.log(`
Hookgate runs, after ${seconds(took).trim()}.

  dashboard       ${hookgate}/#token=${adminToken}
  demo receiver   ${receiver}/   answers 200, 500 or never: press its buttons, or
                  ${turn}

Each of these sends one correctly signed event:

${DEMO_SCHEMES.map((scheme) => `  npm run -s send -- ${scheme}${url}`).join("\n")}

This one sends a message of the demo application's own:

  curl -s ${hookgate}/api/v1/app/demo/msg -H 'authorization: Bearer ${adminToken}' \\
    -H 'content-type: application/json' -d '{"eventType":"invoice.paid","payload":{"amount":4200}}'

Ctrl-C stops it; what it stored stays in ${state}.
`);
}
