/** Programs that are waited for: to their end, or to the limit. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { run } from "./process.mjs";

const node = (program, options) => run(process.execPath, ["-e", program], options);

test("a program that ends in time keeps nobody waiting", async () => {
  assert.deepEqual(await node('console.log("done")', { limitMs: 600_000 }), { code: 0, output: "done\n" });
});

test("a program that hangs is given up, whatever holds its output open, and what it said is kept", async () => {
  const hangs = 'require("child_process").spawn("sleep", ["20"], { stdio: "inherit" }); console.log("begun")';
  const { code, output } = await node(hangs, { limitMs: 3_000 });
  assert.equal(code, 1);
  assert.match(output, /^begun\n[^]*not ended after +3\.0 s$/);
});
