/** The README's example for Next, built and served by Next itself: at the edge, and in Node. */
import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { mustRun } from "../../../tools/process.mjs";
import { path } from "../../../tools/project.mjs";
import { hookgate, SECRET } from "../kit.mjs";
import { archive } from "../runtimes/consumer.mjs";
import { serving } from "../serving.mjs";

const BODY = '{"type":"user.created"}';
/** No word to its makers, and no colours. */
const ENV = { ...process.env, NEXT_TELEMETRY_DISABLED: "1", NO_COLOR: "1", CLERK_WEBHOOK_SECRET: SECRET };

const folder = mkdtempSync(join(tmpdir(), "hookgate-next-"));
after(() => rmSync(folder, { recursive: true, force: true }));

before(async () => {
  for (const file of ["package.json", "package-lock.json"]) cpSync(path("tests", "npm", "next", file), join(folder, file));
  const quiet = ["--ignore-scripts", "--loglevel=error", "--no-audit", "--no-fund"];
  await mustRun("npm", ["ci", ...quiet], { cwd: folder });
  await mustRun("npm", ["install", "--no-save", "--offline", ...quiet, archive()], { cwd: folder });
  const readme = readFileSync(path("npm", "README.md"), "utf8");
  const edge = [...readme.matchAll(/^```js\n([^]*?)^```$/gm)].map(([, code]) => code).find((code) => code.includes('runtime = "edge"'));
  assert.ok(edge, "README.md has no example for the edge");
  write("app/layout.js", "export default ({ children }) => <html><body>{children}</body></html>;\n");
  write("app/edge/route.js", edge);
  write("app/node/route.js", edge.replace(/^export const runtime.*\n/m, ""));
});

function write(file, text) {
  mkdirSync(join(folder, file, ".."), { recursive: true });
  writeFileSync(join(folder, file), text);
}

test("Next builds it, and answers a genuine request with 200 and a forged one with 401", async () => {
  const next = join(folder, "node_modules", "next", "dist", "bin", "next");
  await mustRun(process.execPath, [next, "build"], { cwd: folder, env: ENV });
  // The edge compiles nothing at run time: the module must have become a file of the deployment.
  const files = readdirSync(join(folder, ".next"), { recursive: true }).filter((file) => file.endsWith(".wasm"));
  const { size } = statSync(join(folder, "node_modules", "hookgate", "src", "wasm", "hookgate.wasm"));
  assert.ok(files.some((file) => statSync(join(folder, ".next", file)).size === size), `${files.length} other files`);
  const start = (port) => [next, "start", "--hostname=127.0.0.1", `--port=${port}`];
  await serving(process.execPath, start, { cwd: folder, env: () => ENV }, async (url) => {
    const { headers } = hookgate.sign({ scheme: "clerk", secret: SECRET, id: "msg_1", body: BODY });
    for (const way of ["edge", "node"]) {
      const post = (body) => fetch(`${url}/${way}`, { method: "POST", headers, body });
      assert.deepEqual(await (await post(BODY)).json(), { received: "msg_1" }, way);
      assert.equal((await post(`${BODY} `)).status, 401, way);
    }
  });
});
