/** What the built Worker says of the machine that built it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { ROOT } from "../../tools/project.mjs";

test("the Worker names no folder of the machine that built it", () => {
  const module = readFileSync(join(ROOT, "build", "worker", "index_bg.wasm"));
  // A panic says where it happened: so there are paths to be found.
  assert.ok(module.includes("/src/"), "the scan reads the places of panics");
  for (const folder of [process.env.CARGO_HOME || join(homedir(), ".cargo"), homedir(), ROOT]) {
    assert.ok(!module.includes(`${folder}/`), `the module names ${folder}`);
  }
});
