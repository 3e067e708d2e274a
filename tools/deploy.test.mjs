/** What a first deploy finds on an account that has nothing: wrangler creates what has a binding, and no more. */
import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { experimental_patchConfig, experimental_readRawConfig } from "wrangler";

import { path } from "./project.mjs";

const CONFIG = path("wrangler.toml");

test("every queue that is consumed, or takes dead letters, has a producer: a deploy creates no other", () => {
  const { producers, consumers } = experimental_readRawConfig({ config: CONFIG }).rawConfig.queues;
  const wanted = consumers.flatMap(({ queue, dead_letter_queue }) => [queue, ...(dead_letter_queue ? [dead_letter_queue] : [])]);
  assert.deepEqual([...new Set(wanted)].sort(), ["hookgate-events", "hookgate-events-dead"]);
  const created = producers.map(({ queue }) => queue);
  assert.deepEqual(wanted.filter((queue) => !created.includes(queue)), []);
});

test("a deploy writes no id of an account into wrangler.toml, which has comments", () => {
  const folder = mkdtempSync(join(tmpdir(), "hookgate-deploy-"));
  try {
    const copy = join(folder, "wrangler.toml");
    copyFileSync(CONFIG, copy);
    const patch = () => experimental_patchConfig(copy, { kv_namespaces: [{ id: "0123456789abcdef" }] }, false);
    assert.throws(patch, { message: "cannot patch .toml config if comments are present" });
    assert.equal(readFileSync(copy, "utf8"), readFileSync(CONFIG, "utf8"));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
