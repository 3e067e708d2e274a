/**
 * `npm start` as a newcomer meets it: in a fresh clone, by the lines that it prints. What it needs is built
 * (build/worker, build/verify); nothing is left in the project's own directory.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { tmpdir } from "node:os";
import { after, before, test } from "node:test";

import { freePort } from "../../tools/ports.mjs";
import { path } from "../../tools/project.mjs";
import { until } from "../workerd/kit/runtime.mjs";

/** What a start reads of a clone. */
const PARTS = [
  ...["tools", "src", "crates", "npm", "www", "build", ".cargo"],
  ...["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "package.json", "package-lock.json", "wrangler.toml"],
];
const SCHEMES = ["standard", "svix", "visiwise", "visibuild", "vicket", "helpdesk", "vexylcloud", "stripe", "github"];
const START_BOUND_MS = 180_000;

let clone, ports, running;
/** The id of each message that was sent, by its source. */
const sent = new Map();

before(async () => {
  clone = realpathSync(mkdtempSync(join(tmpdir(), "hookgate-start-")));
  const filter = (place) => !["target", "node_modules"].includes(basename(place));
  for (const part of PARTS) cpSync(path(part), join(clone, part), { recursive: true, filter });
  symlinkSync(path("node_modules"), join(clone, "node_modules"));
  ports = { port: await freePort(), receiver: await freePort(), other: await freePort() };
  running = start();
  await running.announced();
});

after(async () => {
  await running?.stop();
  rmSync(clone, { recursive: true, force: true });
});

test("it makes the keys, seeds every source, and says where to look", async () => {
  assert.match(running.output(), /^ {2}demo +20 sources, applications and endpoints created /m);
  assert.ok(running.output().includes(`what it stored stays in .wrangler/state-${ports.port}.`), running.output());
  assert.deepEqual(readdirSync(join(clone, ".wrangler")).filter((name) => name.startsWith("state")), [`state-${ports.port}`]);
  const { dashboard, token } = running.printed();
  assert.equal(dashboard, `http://127.0.0.1:${ports.port}`);
  assert.ok(readFileSync(join(clone, ".dev.vars"), "utf8").includes(`HOOKGATE_ADMIN_TOKEN=${token}\n`));
  const page = await fetch(dashboard);
  assert.deepEqual([page.status, page.headers.get("content-type")], [200, "text/html; charset=utf-8"]);
  assert.deepEqual([...running.commands().keys()].sort(), [...SCHEMES].sort());
});

test("a second one on the same ports ends at once, with a line that starts it elsewhere", async () => {
  const second = start();
  assert.equal(await second.ended(), 1);
  assert.match(second.output(), new RegExp(`^\\nport ${ports.port} of 127\\.0\\.0\\.1 is taken[^]*\\n {2}HOOKGATE_PORT=${ports.port + 100} `));
});

test("the line that is printed for stripe sends an event, which is verified, and delivered to the demo receiver", async () => {
  const id = await send("stripe");
  const delivery = await until(async () => (await deliveries("stripe")).find((each) => each.id === id));
  assert.deepEqual([delivery.attempt, delivery.answer, delivery.defect], [1, "200", undefined]);
  assert.equal(JSON.parse(delivery.body).object, "event");
  await attempts("stripe", id, (log) => log.length === 1 && log[0].status === 0);
});

test("while the switch says 500 an attempt fails, and when it says 200 again the retry arrives", async () => {
  await turn("500");
  const id = await send("github");
  const failed = await attempts("github", id, (log) => log.length > 0 && log[0].status === 2);
  assert.equal(failed[0].responseStatusCode, 500);
  await turn("200");
  const log = await attempts("github", id, (each) => each.at(-1).status === 0);
  assert.ok(log.length >= 2, JSON.stringify(log));
  assert.equal(log.at(-1).responseStatusCode, 200);
  const answers = (await deliveries("github")).filter((each) => each.id === id).map(({ answer, defect }) => [answer, defect]);
  assert.deepEqual([answers.at(0), answers.at(-1)], [["200", undefined], ["500", undefined]], "the newest is first");
});

test("each of the nine lines sends a genuine event, which arrives once", async () => {
  for (const scheme of SCHEMES.filter((each) => !sent.has(each))) {
    const id = await send(scheme);
    const arrived = await until(async () => {
      const found = (await deliveries(scheme)).filter((each) => each.id === id);
      return found.length > 0 && found;
    });
    assert.deepEqual(arrived.map(({ attempt, defect }) => [attempt, defect]), [[1, undefined]], scheme);
  }
  assert.deepEqual([...sent.keys()].sort(), [...SCHEMES].sort());
});

test("Ctrl-C ends it, and the next start finds the same keys, the same demo and the earlier messages", async () => {
  const { token } = running.printed();
  const keys = readFileSync(join(clone, ".dev.vars"));
  assert.equal(await running.stop(), 0, running.output());
  assert.match(running.output(), /\nstopping\n$/);
  await assert.rejects(fetch(`http://127.0.0.1:${ports.port}/api/v1/health`), "nothing listens any more");

  running = start();
  await running.announced();
  assert.match(running.output(), /^ {2}demo +present /m);
  assert.equal(running.printed().token, token);
  assert.deepEqual(readFileSync(join(clone, ".dev.vars")), keys);
  for (const [scheme, id] of sent) {
    const { data } = await api(`/api/v1/app/demo-${scheme}/msg`);
    assert.deepEqual(data.map((message) => message.id), [id], scheme);
  }
  // And it works on: an event of now arrives at the receiver of now.
  const id = await send("stripe");
  await until(async () => (await deliveries("stripe")).find((each) => each.id === id));
});

test("with the demo receiver elsewhere it ends, with the line that starts it where the storage knows it", async () => {
  assert.equal(await running.stop(), 0);
  running = start(ports.other);
  assert.equal(await running.ended(), 1);
  const state = `.wrangler/state-${ports.port}`;
  const words =
    `the demo endpoints in ${state} deliver to http://127.0.0.1:${ports.receiver}. Start the receiver there:\n\n` +
    `  npm start -- --port ${ports.port} --receiver-port ${ports.receiver}\n\nor start afresh:\n\n  rm -r ${state}\n`;
  assert.ok(running.output().endsWith(words), running.output());
});

test("a storage that has lost its keys is not started on, and the line that is printed removes the very one", async () => {
  rmSync(join(clone, ".dev.vars"));
  running = start();
  assert.equal(await running.ended(), 1);
  assert.match(running.output(), new RegExp(`^\\n\\.dev\\.vars is gone, [^]*\\n\\n {2}rm -r \\.wrangler/state-${ports.port}\\n$`));
  assert.equal(existsSync(join(clone, ".dev.vars")), false);
});

/** Starts Hookgate in the clone, as its user does. */
function start(receiver = ports.receiver) {
  const settings = Object.keys(process.env).filter((name) => name.startsWith("HOOKGATE_") && name !== "HOOKGATE_TOOLS");
  const env = { ...process.env, ...Object.fromEntries(settings.map((name) => [name, undefined])) };
  const args = ["tools/start.mjs", "--port", `${ports.port}`, "--receiver-port", `${receiver}`];
  const child = spawn(process.execPath, args, { cwd: clone, env, stdio: ["ignore", "pipe", "pipe"] });
  const exited = once(child, "exit");
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  const interrupt = () => child.exitCode === null && child.signalCode === null && child.kill("SIGINT");
  process.once("exit", interrupt);
  const ended = async () => {
    await until(() => child.exitCode !== null || child.signalCode !== null, START_BOUND_MS, () => `it runs on:\n${output}`);
    const [code] = await exited;
    return code;
  };
  return {
    output: () => output,
    ended,
    async stop() {
      interrupt();
      return ended();
    },
    /** Waits for the lines that it prints when it runs. */
    async announced() {
      const said = () => {
        assert.equal(child.exitCode, null, output);
        return output.includes("Ctrl-C stops it");
      };
      await until(said, START_BOUND_MS, () => `nothing was announced:\n${output}`);
    },
    /** The address of the dashboard, and the token in it. */
    printed() {
      const [, dashboard, token] = /^ {2}dashboard +(\S+?)\/#token=(\S+)$/m.exec(output);
      return { dashboard, token };
    },
    /** The line that sends an event, by its scheme. */
    commands: () => new Map([...output.matchAll(/^ {2}(npm run -s send -- (\S+).*)$/gm)].map(([, command, scheme]) => [scheme, command])),
  };
}

/** Runs the line that was printed for a scheme; gives the id of the message. */
async function send(scheme) {
  const child = spawn("sh", ["-c", running.commands().get(scheme)], { cwd: clone, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  const [code] = await once(child, "close");
  assert.equal(code, 0, output);
  assert.match(output, /^< 2\d\d /m);
  // Not every provider is told the id.
  const { data } = await api(`/api/v1/app/demo-${scheme}/msg?limit=1`, (page) => page.data[0] && page.data[0].id !== sent.get(scheme));
  sent.set(scheme, data[0].id);
  return data[0].id;
}

/** Asks the API with the printed token, until the answer is what is waited for. */
async function api(route, reached = () => true) {
  const { dashboard, token } = running.printed();
  let answer;
  await until(
    async () => {
      const response = await fetch(dashboard + route, { headers: { authorization: `Bearer ${token}` } });
      answer = await response.json();
      return response.status === 200 && reached(answer);
    },
    60_000,
    () => `GET ${route}: ${JSON.stringify(answer)}\n${running.output()}`,
  );
  return answer;
}

/** The log of a message, oldest first, when it is what is waited for. */
async function attempts(scheme, id, reached) {
  const log = await api(`/api/v1/app/demo-${scheme}/attempt/msg/${id}?order=ascending`, ({ data }) => data.length > 0 && reached(data));
  return log.data;
}

/** What has arrived at the demo receiver from a source, the newest first. */
async function deliveries(scheme) {
  const answer = await fetch(`http://127.0.0.1:${ports.receiver}/deliveries`);
  return (await answer.json()).deliveries.filter((each) => each.path === `/hook/demo-${scheme}`);
}

async function turn(answer) {
  const response = await fetch(`http://127.0.0.1:${ports.receiver}/switch`, { method: "POST", body: JSON.stringify({ answer }) });
  assert.deepEqual([response.status, await response.json()], [200, { answer }]);
}
