/** Chromium, headless: a page on this machine's own server, which posts its result. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize, sep } from "node:path";

import { chromiumEnv, runtimes, versionOf } from "./install.mjs";

const TYPES = { ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };
/** A page takes about two seconds. */
const BOUND_MS = 60_000;

/**
 * Opens a page, and gives what it posts to `/result`.
 *
 * @param {string} html
 * @param {Record<string, string>} [types] of files, where a server has others
 */
export async function openPage(folder, html, types = TYPES) {
  const { chromium } = await runtimes();
  let answer;
  const result = new Promise((resolve) => (answer = resolve));
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://page");
    if (request.method === "POST") {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      response.end();
      return answer(Buffer.concat(chunks).toString());
    }
    if (pathname === "/") return response.setHeader("content-type", "text/html; charset=utf-8").end(html);
    const file = join(folder, normalize(pathname));
    try {
      if (!file.startsWith(folder + sep)) throw new Error("outside");
      const bytes = readFileSync(file);
      response.setHeader("content-type", types[extname(file)] ?? "application/octet-stream").end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const profile = mkdtempSync(join(tmpdir(), "hookgate-chromium-"));
  const browser = launch(chromium, profile, `http://127.0.0.1:${server.address().port}/`);
  let patience;
  try {
    const late = new Promise((_, reject) => {
      patience = setTimeout(() => reject(new Error(`the page posted nothing:\n${browser.log()}`)), BOUND_MS);
      browser.ended.then((how) => reject(new Error(`chromium ended with ${how}:\n${browser.log()}`)));
    });
    return await Promise.race([result, late]);
  } finally {
    clearTimeout(patience);
    await browser.stop();
    server.closeAllConnections();
    server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** @returns {Promise<object>} */
export async function judgeInChromium(folder) {
  const { chromium } = await runtimes();
  const { exports } = JSON.parse(readFileSync(join(folder, "node_modules", "hookgate", "package.json"), "utf8"));
  const imports = Object.fromEntries(["", "/hmac"].map((name) => [`hookgate${name}`, `./${join("node_modules/hookgate", exports[`.${name}`].browser.default)}`]));
  const fallible = `addEventListener("error", ({ message }) => fetch("/result", { method: "POST", body: message }));
    addEventListener("unhandledrejection", ({ reason }) => fetch("/result", { method: "POST", body: String(reason) }));`;
  const html = `<!doctype html><script>${fallible}</script><script type="importmap">${JSON.stringify({ imports })}</script><script type="module" src="./page.mjs"></script>`;
  const posted = await openPage(folder, html);
  if (!posted.startsWith("{")) throw new Error(`the page failed: ${posted}`);
  return { version: await versionOf(chromium, chromiumEnv(chromium)), ...JSON.parse(posted) };
}

/**
 * Root has no sandbox, in a container as CI is; nor has anybody where the kernel keeps user namespaces
 * from programs that it does not know, as Ubuntu's does. The pages are our own.
 */
function hasSandbox() {
  if (process.getuid?.() === 0) return false;
  const says = (name) => {
    try {
      return readFileSync(`/proc/sys/kernel/${name}`, "utf8").trim();
    } catch {
      return undefined;
    }
  };
  return says("apparmor_restrict_unprivileged_userns") !== "1" && says("unprivileged_userns_clone") !== "0";
}

function launch(chromium, profile, url) {
  const sandbox = hasSandbox() ? [] : ["--no-sandbox"];
  const args = ["--headless", ...sandbox, "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", `--user-data-dir=${profile}`, url];
  const child = spawn(chromium, args, { env: chromiumEnv(chromium), detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (log += text));
  const ended = new Promise((resolve) => {
    child.on("error", ({ message }) => resolve(message));
    child.on("exit", (code, signal) => resolve(signal ?? code));
  });
  const kill = () => {
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // The whole group is gone.
    }
  };
  process.once("exit", kill);
  const stop = async () => {
    kill();
    await ended;
    process.removeListener("exit", kill);
  };
  return { ended, stop, log: () => log };
}
