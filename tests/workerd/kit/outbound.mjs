/**
 * Hookgate in the real runtime with another internet: what it fetches comes to this process, which
 * answers in the name of hosts that no test can reach. Its storage ends with it.
 */
import { fileURLToPath } from "node:url";

import { createTestHarness } from "wrangler";

import { SETTINGS } from "./runtime.mjs";

const CONFIG = fileURLToPath(new URL("../../../wrangler.toml", import.meta.url));

/**
 * Starts Hookgate. `answer(url)` gives the status and the text of each address under `hosts`; what
 * was asked for is listed in `asked`.
 *
 * @param {RegExp} hosts
 * @param {(url: URL) => {status?: number, body?: string}} answer
 * @param {Record<string, string>} [settings] variables, in place of the usual
 */
export async function startWithInternet(hosts, answer, settings = {}) {
  const asked = [];
  const outside = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const url = new URL(typeof input === "string" || input instanceof URL ? input : input.url);
    if (!hosts.test(url.hostname)) return outside(input, init);
    asked.push(url.href);
    const { status = 200, body = "" } = await answer(url);
    return new Response(body, { status });
  };
  const { HOOKGATE_MASTER_KEY, HOOKGATE_ADMIN_TOKEN, ...vars } = { ...SETTINGS, ...settings };
  const harness = createTestHarness({
    workers: [{ configPath: CONFIG, vars, secrets: { HOOKGATE_MASTER_KEY, HOOKGATE_ADMIN_TOKEN } }],
  });
  const { url } = await harness.listen();
  return {
    url: url.origin,
    asked,
    async stop() {
      await harness.close();
      globalThis.fetch = outside;
    },
  };
}
