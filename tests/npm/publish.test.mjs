/** What registries and linters say to the package and the crate, as they would be published. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { PACKAGE } from "../../tools/npm.mjs";
import { run } from "../../tools/process.mjs";
import { archive } from "./runtimes/consumer.mjs";
import { program } from "./runtimes/install.mjs";

test("publint has nothing to say", async () => {
  const { code, output } = await run(process.execPath, [await program("publint", "src/cli.js"), "run", archive(), "--strict"]);
  assert.equal(code, 0, output);
  assert.match(output, /All good!/);
});

test("attw finds that the types of each entry are those of its code", async () => {
  const attw = await program("@arethetypeswrong/cli", "dist/index.js");
  // The package is of ECMAScript modules alone: of the other ways of resolving one, that knows neither them nor `exports`.
  const { code, output } = await run(process.execPath, [attw, archive(), "--profile", "esm-only", "--format", "json"]);
  assert.equal(code, 0, output);
  const { analysis } = JSON.parse(output);
  assert.deepEqual(Object.keys(analysis.entrypoints).sort(), [".", "./hmac", "./package.json"]);
  for (const [entry, { resolutions }] of Object.entries(analysis.entrypoints)) {
    for (const way of ["node16-esm", "bundler"]) assert.ok(resolutions[way].resolution, `${entry}, ${way}`);
  }
});

test("npm would publish it, to everybody and with its provenance", async () => {
  const { code, output } = await run("npm", ["publish", "--dry-run", "--offline", "--loglevel=error"], { cwd: PACKAGE });
  assert.equal(code, 0, output);
  const { publishConfig } = JSON.parse(readFileSync(`${PACKAGE}/package.json`, "utf8"));
  assert.deepEqual(publishConfig, { access: "public", provenance: true });
});

test("cargo would publish the crate, which builds from what is packed", async () => {
  // The packed crate is compiled, as anybody would who depends on it. `--allow-dirty`, for what is not
  // committed yet is tested, too: a release is made from a clean clone. It asks crates.io's index, and
  // is so the one test here that needs the net.
  const { code, output } = await run("cargo", ["publish", "--dry-run", "-p", "hookgate", "--allow-dirty"]);
  assert.equal(code, 0, output);
  assert.match(output, /Verifying hookgate v[^]*Finished/);
  // Without a description or a licence cargo warns, and the registry refuses.
  assert.deepEqual(output.match(/^warning: .*$/gm), ["warning: aborting upload due to dry run"]);
});
