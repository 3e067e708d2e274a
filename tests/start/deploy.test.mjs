/**
 * The first `wrangler deploy`, on an account that has nothing: wrangler itself, and in the place of Cloudflare
 * a server that keeps what it is given. It knows no more of the API than the deploy asks for.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { run } from "../../tools/process.mjs";
import { childEnv, path } from "../../tools/project.mjs";

const SECRETS = "HOOKGATE_MASTER_KEY=x\nHOOKGATE_ADMIN_TOKEN=y\n";

let clone, account;

before(async () => {
  clone = mkdtempSync(join(tmpdir(), "hookgate-deploy-"));
  for (const part of ["build/worker", "www"]) cpSync(path(part), join(clone, part), { recursive: true });
  // What is deployed was built before.
  writeFileSync(join(clone, "wrangler.toml"), readFileSync(path("wrangler.toml"), "utf8").replace(/\[build\]\n(.+\n)*/, ""));
  writeFileSync(join(clone, "secrets"), SECRETS);
  symlinkSync(path("node_modules"), join(clone, "node_modules"));
  account = await startAccount();
});

after(async () => {
  await account.stop();
  rmSync(clone, { recursive: true, force: true });
});

test("without the secrets the first deploy stops before it makes anything, and names them", async () => {
  const { code, output } = await deploy();
  assert.equal(code, 1);
  assert.match(output, /The following required secrets have not been set: HOOKGATE_MASTER_KEY, HOOKGATE_ADMIN_TOKEN/);
  assert.deepEqual(account.holds(), { namespaces: [], queues: [], buckets: [], consumers: [] });
});

test("the first deploy makes everything that wrangler.toml names, and a later one finds it again", async () => {
  const everything = {
    namespaces: ["hookgate-dedup", "hookgate-sources"],
    queues: ["hookgate-events", "hookgate-events-dead"],
    buckets: ["hookgate-payloads"],
    consumers: ["hookgate-events", "hookgate-events-dead"],
  };
  const first = await deploy("--secrets-file", "secrets");
  assert.equal(first.code, 0, `${first.output}\n${account.asked.join("\n")}`);
  assert.deepEqual(account.holds(), everything);
  const bound = account.bindings();
  assert.deepEqual([bound.SOURCES.namespace_id, bound.DEDUP.namespace_id], ["hookgate-sources", "hookgate-dedup"]);
  assert.deepEqual([bound.EVENTS.queue_name, bound.PAYLOADS.bucket_name], ["hookgate-events", "hookgate-payloads"]);

  const config = readFileSync(join(clone, "wrangler.toml"), "utf8");
  const later = await deploy();
  assert.equal(later.code, 0, `${later.output}\n${account.asked.join("\n")}`);
  assert.deepEqual(account.holds(), everything);
  assert.deepEqual([account.bindings().SOURCES.type, account.bindings().DEDUP.type], ["inherit", "inherit"]);
  assert.equal(readFileSync(join(clone, "wrangler.toml"), "utf8"), config);
});

function deploy(...args) {
  const settings = { CLOUDFLARE_API_BASE_URL: account.url, CLOUDFLARE_API_TOKEN: "unused", CLOUDFLARE_ACCOUNT_ID: "0".repeat(32) };
  const env = childEnv({ ...settings, NO_COLOR: "1", WRANGLER_LOG_PATH: join(clone, "logs"), CI: "true" });
  return run("wrangler", ["deploy", ...args], { cwd: clone, env, limitMs: 60_000 });
}

async function startAccount() {
  const [namespaces, queues, buckets, consumers, asked] = [[], [], [], [], []];
  /** The metadata of what was uploaded last. */
  let script;
  const found = (result, more = {}) => [200, { success: true, errors: [], messages: [], result, ...more }];
  const missing = (code) => [404, { success: false, errors: [{ code, message: "not found" }], messages: [], result: null }];
  const [NO_WORKER, NO_SCRIPT, NO_BUCKET, NO_QUEUE] = [10090, 10007, 10006, 11000];
  const page = (items) => found(items, { result_info: { page: 1, per_page: 100, count: items.length, total_count: items.length, total_pages: 1 } });
  const make = (list, name, result) => {
    list.push(name);
    return found(result);
  };
  const queue = (name) => ({
    queue_id: `id-of-${name}`,
    queue_name: name,
    consumers: consumers.includes(name) ? [{ type: "worker", script: "hookgate", consumer_id: name }] : [],
  });

  const answer = (method, route, query, body) => {
    const at = (pattern) => new RegExp(`^${pattern}$`).exec(`${method} ${route}`);
    let match;
    if (at("GET /storage/kv/namespaces")) return page(namespaces.map((title) => ({ id: title, title })));
    if (at("POST /storage/kv/namespaces")) return make(namespaces, body.title, { id: body.title });
    if (at("GET /queues")) return page(queues.filter((name) => query.getAll("name").includes(name)).map(queue));
    if (at("POST /queues")) return make(queues, body.queue_name, queue(body.queue_name));
    if ((match = at("POST /queues/id-of-(.+)/consumers"))) {
      // The platform refuses a dead-letter queue that is not there.
      const lacks = body.dead_letter_queue && !queues.includes(body.dead_letter_queue);
      return lacks ? missing(NO_QUEUE) : make(consumers, match[1], {});
    }
    if (at("GET /r2/buckets")) return found({ buckets: buckets.map((name) => ({ name })) });
    if ((match = at("GET /r2/buckets/(.+)"))) return buckets.includes(match[1]) ? found({ name: match[1] }) : missing(NO_BUCKET);
    if (at("POST /r2/buckets")) return make(buckets, body.name, {});
    if (at("PUT /workers/scripts/hookgate")) {
      script = JSON.parse(body.get("metadata"));
      return found({ id: "hookgate" });
    }
    if (at("GET /workers/services/hookgate")) {
      return script ? found({ default_environment: { script: { tag: "any", last_deployed_from: "wrangler" } } }) : missing(NO_WORKER);
    }
    if (at("GET /workers/scripts/hookgate/settings")) return script ? found({ bindings: script.bindings }) : missing(NO_SCRIPT);
    if (at("GET /workers/scripts/hookgate/secrets")) {
      return script ? found(script.bindings.filter(({ type }) => type === "secret_text")) : missing(NO_SCRIPT);
    }
    if (at("GET /workers/scripts")) return found(script ? [{ id: "hookgate", migration_tag: script.migrations?.new_tag }] : []);
    if (at("GET /workers/scripts/hookgate/deployments")) return found({ deployments: [] });
    if (at("GET /workers/workers/hookgate")) return found({ id: "hookgate", subdomain: { enabled: false, previews_enabled: false } });
    if (at("GET /workers/subdomain")) return found({ subdomain: "nobody" });
    if (at("POST /workers/scripts/hookgate/assets-upload-session")) return found({ jwt: "unused", buckets: [] });
    return found({});
  };

  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://account");
    const bytes = Buffer.concat(await request.toArray());
    const type = request.headers["content-type"] ?? "";
    const form = () => new Response(bytes, { headers: { "content-type": type } }).formData();
    const body = type.startsWith("multipart/") ? await form() : bytes[0] === "{".charCodeAt(0) ? JSON.parse(bytes) : undefined;
    asked.push(`${request.method} ${request.url}`);
    const [status, value] = answer(request.method, pathname.replace(/^\/accounts\/0+/, ""), searchParams, body);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    asked,
    /** What the Worker that was uploaded last is bound to, by name. */
    bindings: () => Object.fromEntries(script.bindings.map((binding) => [binding.name, binding])),
    holds: () => ({ namespaces: namespaces.toSorted(), queues: queues.toSorted(), buckets, consumers: consumers.toSorted() }),
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
