/**
 * Every example of the package's README, as it stands there, in the runtime that it is for: a genuine
 * request gets in, and a forged one does not.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { run } from "../../tools/process.mjs";
import { path } from "../../tools/project.mjs";
import { hookgate, SECRET, vectors } from "./kit.mjs";
import { openPage } from "./runtimes/browser.mjs";
import { emptyProject } from "./runtimes/consumer.mjs";
import { edgeOf } from "./runtimes/edge.mjs";
import { runtimes } from "./runtimes/install.mjs";
import { runIn } from "./runtimes/servers.mjs";
import { WITH_NODE, workerOf } from "./runtimes/workerd.mjs";
import { serving } from "./serving.mjs";

const BODY = '{"id":"evt_1","type":"invoice.paid"}';

const blocks = readBlocks();
const used = new Set();
let project;
before(async () => (project = await emptyProject()));
after(() => project?.remove());

/** The fenced blocks. */
function readBlocks() {
  const text = readFileSync(path("npm", "README.md"), "utf8");
  return [...text.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].map(([, language, code]) => ({ language, code }));
}

/** The example that has these words. */
function example(language, words) {
  const block = blocks.find((each) => each.language === language && each.code.includes(words));
  assert.ok(block, `README.md has no ${language} example with '${words}'`);
  used.add(block);
  return block.code;
}

function written(name, code) {
  writeFileSync(join(project.folder, name), code);
  return name;
}

/** A request of a scheme's provider, signed now, and the same with another body. */
function sent(scheme) {
  const { headers } = hookgate.sign({ scheme, secret: SECRET, id: "msg_1", type: "invoice.paid", body: BODY });
  const request = { method: "POST", headers: { "content-type": "application/json", ...headers } };
  return { headers, genuine: { ...request, body: BODY }, forged: { ...request, body: BODY.replace("evt_1", "evt_2") } };
}

/** Sets what an example takes from around it. */
function given(values) {
  return Object.entries(values).map(([name, value]) => `globalThis.${name} = ${JSON.stringify(value)};\n`).join("");
}

const inProject = (env) => ({ cwd: project.folder, env });

test("the first example verifies", async () => {
  const code = example("js", 'const event = verify({ scheme: "stripe"');
  const { headers } = sent("stripe");
  written("given.mjs", given({ secret: SECRET, headers, body: BODY }));
  const file = written("first.mjs", `import "./given.mjs";\n${code}\nconsole.log(event.id);\n`);
  assert.equal(await runIn("node20", project.folder, file), "evt_1\n");
});

test("the example for Node answers a genuine request with 200, and a forged one with 401", async () => {
  const code = example("js", "createServer");
  const programs = await runtimes();
  const { genuine, forged } = sent("github");
  for (const name of ["node20", "node22", "node24"]) {
    const file = written("node.mjs", code.replace("listen(3000)", "listen(Number(process.env.TEST_PORT))"));
    await serving(programs[name], () => [file], inProject((port) => ({ WEBHOOK_SECRET: SECRET, TEST_PORT: `${port}` })), async (url) => {
      assert.equal((await fetch(url, genuine)).status, 200, name);
      assert.equal((await fetch(url, forged)).status, 401, name);
    });
  }
});

test("the example for Deno answers a genuine request with 200, and a forged one with 401", async () => {
  const file = written("deno.mjs", example("js", "Deno.serve"));
  const { genuine, forged } = sent("standard");
  const args = ["run", "--no-prompt", "--cached-only", "--node-modules-dir=manual", "--allow-env", "--allow-net=127.0.0.1", file];
  const env = (port) => ({ WEBHOOK_SECRET: SECRET, DENO_SERVE_ADDRESS: `tcp:127.0.0.1:${port}`, DENO_NO_UPDATE_CHECK: "1" });
  await serving((await runtimes()).deno, () => args, inProject(env), async (url) => {
    assert.equal(await (await fetch(url, genuine)).text(), "msg_1");
    assert.equal((await fetch(url, forged)).status, 401);
  });
});

test("the example for Bun answers a genuine request with 200, and a forged one with 401", async () => {
  const file = written("bun.mjs", example("js", "Bun.serve"));
  const { genuine, forged } = sent("slack");
  await serving((await runtimes()).bun, () => ["run", file], inProject((port) => ({ SLACK_SIGNING_SECRET: SECRET, BUN_PORT: `${port}` })), async (url) => {
    assert.equal(await (await fetch(url, genuine)).text(), "ok");
    assert.equal((await fetch(url, forged)).status, 401);
  });
});

test("the example for Workers answers a genuine request with 200, and a forged one with 401", async () => {
  const file = written("example-worker.mjs", example("js", "STRIPE_WEBHOOK_SECRET"));
  const { genuine, forged } = sent("stripe");
  const { worker } = await workerOf(project.folder, file, WITH_NODE, { vars: { STRIPE_WEBHOOK_SECRET: SECRET } });
  try {
    assert.deepEqual(await (await worker.fetch("/", genuine)).json(), { received: "evt_1" });
    assert.equal((await worker.fetch("/", forged)).status, 401);
  } finally {
    await worker.close();
  }
});

test("the example for Vercel and Next answers at the edge and in Node", async () => {
  written("route.mjs", example("js", 'runtime = "edge"'));
  const env = { CLERK_WEBHOOK_SECRET: SECRET };
  const { genuine, forged } = sent("clerk");
  const judge = 'import { POST } from "./route.mjs";\n';
  written("example-edge.mjs", `${judge}addEventListener("fetch", (event) => event.respondWith(POST(event.request)));\n`);
  const { dispatchFetch } = await edgeOf(project.folder, "example-edge.mjs", { context: { process: { env } } });
  assert.deepEqual(await (await dispatchFetch("http://edge/", genuine)).json(), { received: "msg_1" });
  assert.equal((await dispatchFetch("http://edge/", forged)).status, 401);

  const requests = JSON.stringify([genuine, forged]);
  const file = written("example-node.mjs", `${judge}for (const request of ${requests}) console.log((await POST(new Request("http://node/", request))).status);\n`);
  assert.equal(await runIn("node22", project.folder, file, { env: { ...process.env, ...env } }), "200\n401\n");
});

test("the example for a browser explains in a page", async () => {
  const code = example("html", "entry/browser.js");
  const { headers } = sent("github");
  const values = given({ scheme: "github", secret: SECRET, headers, body: `${BODY}\n` });
  const tell = `const output = document.querySelector("output");
    new MutationObserver(() => fetch("/result", { method: "POST", body: output.textContent })).observe(output, { childList: true });`;
  const page = `<!doctype html><output></output><script>${values}${tell}</script>${code}`;
  const expected = hookgate.explain({ scheme: "github", secret: SECRET, headers, body: `${BODY}\n` }).report;
  assert.equal(await openPage(project.folder, page), expected);
  // A server that does not know the type of WebAssembly.
  assert.equal(await openPage(project.folder, page, { ".js": "text/javascript" }), expected);
});

test("the example for certificates fetches the one that is asked for", async () => {
  const code = example("js", "needs_certificate");
  const row = vectors("vectors-asymmetric").split("\n").filter(Boolean).map((line) => JSON.parse(line)).find(({ id }) => id === "paypal-01");
  const { headers, body_base64: body, now, secret_or_key: key } = row;
  const around = `import { Verifier } from "hookgate";
${given({ request: { headers, body: Buffer.from(body, "base64").toString() }, event: null, asked: [] })}
globalThis.verifier = new Verifier({ scheme: "paypal", secret: ${JSON.stringify(key.webhook_id)} });
globalThis.fetch = async (url) => (asked.push(url), new Response(${JSON.stringify(key.cert_pem)}));
Date.now = () => ${now * 1000}; // while the certificate was valid
`;
  written("around.mjs", around);
  const file = written("certificates.mjs", `import "./around.mjs";\n${code}\nconsole.log(JSON.stringify([asked, event.scheme]));\n`);
  assert.deepEqual(JSON.parse(await runIn("node24", project.folder, file)), [[key.cert_url ?? headers["paypal-cert-url"]], "paypal"]);
});

test("the examples of the command line do what they say", async () => {
  const lines = example("sh", "npx hookgate send").trim().split("\n").map((line) => line.replace(/ +#.*/, ""));
  assert.deepEqual(lines.map((line) => line.split(" ").slice(0, 3).join(" ")), ["npx hookgate send", "npx hookgate verify", "npx hookgate explain", "npx hookgate schemes"]);
  let received;
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    received = { headers: request.headers, body: Buffer.concat(chunks) };
    response.end("thanks");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  written("event.json", BODY);
  const { genuine } = sent("github");
  const raw = (body) => `POST /in HTTP/1.1\r\n${Object.entries(genuine.headers).map((pair) => pair.join(": ")).join("\r\n")}\r\n\r\n${body}`;
  const type = async (line) => {
    const [command, ...args] = line.replace("localhost:3000", `127.0.0.1:${server.address().port}`).split(" ");
    return run(command, args, { cwd: project.folder, env: { ...process.env, HOOKGATE_SECRET: SECRET } });
  };
  try {
    const [send, verify, explain, schemes] = lines;
    assert.equal((await type(send)).code, 0);
    assert.equal(hookgate.verify({ scheme: "stripe", secret: SECRET, ...received }).id, "evt_1");
    written("request.http", raw(BODY));
    assert.equal((await type(verify)).code, 0);
    written("request.http", raw(`${BODY} `));
    assert.equal((await type(verify)).code, 1);
    assert.match((await type(explain)).output, /content-length|line break|white ?space|raw/i);
    assert.match((await type(schemes)).output, /^stripe /m);
  } finally {
    server.close();
  }
});

test("no example is left out", () => {
  const left = blocks.filter((block) => !used.has(block) && !block.code.startsWith("npm install"));
  assert.deepEqual(left.map(({ code }) => code), []);
  assert.equal(used.size, 9);
});
