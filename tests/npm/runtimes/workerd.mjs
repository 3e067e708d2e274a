/** workerd, with a Worker that wrangler has bundled as for a deployment. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { createTestHarness } from "wrangler";

import { mustRun } from "../../../tools/process.mjs";
import { path } from "../../../tools/project.mjs";

const DATE = /compatibility_date = "([^"]+)"/.exec(readFileSync(path("wrangler.toml"), "utf8"))[1];

export const WITH_NODE = ["nodejs_compat"];
/** Newer compatibility dates have it by default. */
export const WITHOUT_NODE = ["no_nodejs_compat", "no_nodejs_compat_v2"];

// Else it asks for a sample of `request.cf` on the net.
process.env.CLOUDFLARE_CF_FETCH_ENABLED = "false";

/**
 * @param {string[]} flags as `nodejs_compat`
 * @param {object} [bindings] more of wrangler's configuration: what the Worker finds in its `env`
 * @returns {Promise<{worker: import("wrangler").TestHarness, inputs: string[]}>} `inputs` are the files that the bundle was made of
 */
export async function workerOf(folder, main, flags, bindings = {}) {
  const name = ["worker", ...flags].join("-").replaceAll("_", "-");
  const out = join(folder, name);
  mkdirSync(out, { recursive: true });
  const config = join(folder, `${name}.json`);
  writeFileSync(config, JSON.stringify({ name, main, compatibility_date: DATE, compatibility_flags: flags, send_metrics: false, ...bindings }));
  await mustRun("wrangler", ["deploy", "--dry-run", `--config=${config}`, `--outdir=${out}`, `--metafile=${join(out, "meta.json")}`], { cwd: folder });
  const worker = createTestHarness({ root: folder, workers: [{ configPath: config, prebuiltWorkerDir: out }] });
  await worker.listen();
  return { worker, inputs: Object.keys(JSON.parse(readFileSync(join(out, "meta.json"), "utf8")).inputs) };
}

export async function judgeInWorkerd(flags, folder) {
  const { worker, inputs } = await workerOf(folder, "worker.mjs", flags, { r2_buckets: [{ binding: "PAYLOADS", bucket_name: "payloads" }] });
  const answer = async (address) => {
    const response = await worker.fetch(address);
    const text = await response.text();
    if (!response.ok) throw new Error(`the Worker answers ${response.status}: ${text}`);
    return text;
  };
  try {
    const { version } = JSON.parse(readFileSync(path("node_modules", "workerd", "package.json"), "utf8"));
    const entries = inputs.filter((file) => file.includes("hookgate/src/entry/"));
    return { version, entries, opened: await answer("/message"), ...JSON.parse(await answer("/")) };
  } finally {
    await worker.close();
  }
}
