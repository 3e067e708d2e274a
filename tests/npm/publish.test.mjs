/** What registries and linters say to the package and the crate, as they would be published. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { PACKAGE } from "../../tools/npm.mjs";
import { run } from "../../tools/process.mjs";
import { path } from "../../tools/project.mjs";
import { hookgate } from "./kit.mjs";
import { archive } from "./runtimes/consumer.mjs";
import { program } from "./runtimes/install.mjs";

test("publint has nothing to say", async () => {
  const { code, output } = await run(process.execPath, [await program("publint", "src/cli.js"), "run", archive(), "--strict"]);
  assert.equal(code, 0, output);
  assert.match(output, /All good!/);
});

test("attw finds no problem, in any way of resolving, and of each the types", async () => {
  const attw = await program("@arethetypeswrong/cli", "dist/index.js");
  const { code, output } = await run(process.execPath, [attw, archive(), "--format", "json"]);
  assert.equal(code, 0, output);
  const { analysis, problems } = JSON.parse(output);
  assert.deepEqual(problems ?? {}, {});
  assert.deepEqual(analysis.problems, []);
  assert.deepEqual(Object.keys(analysis.entrypoints).sort(), [".", "./hmac", "./package.json"]);
  for (const [entry, { resolutions }] of Object.entries(analysis.entrypoints)) {
    for (const way of ["node10", "node16-cjs", "node16-esm", "bundler"]) assert.ok(resolutions[way].resolution, `${entry}, ${way}`);
  }
});

test("npm would publish it, to everybody and with its provenance", async () => {
  const { code, output } = await run("npm", ["publish", "--dry-run", "--offline", "--loglevel=error"], { cwd: PACKAGE });
  assert.equal(code, 0, output);
  const { publishConfig } = JSON.parse(readFileSync(`${PACKAGE}/package.json`, "utf8"));
  assert.deepEqual(publishConfig, { access: "public", provenance: true });
});

test("package and README tell how many schemes there are", () => {
  for (const file of ["package.json", "README.md"]) {
    const told = [...readFileSync(join(PACKAGE, file), "utf8").matchAll(/(\d+) (?:more )?schemes/g)].map(([, number]) => Number(number));
    assert.deepEqual(told, [hookgate.schemes().length], file);
  }
});

test("the links of the README lead somewhere from wherever it is read", () => {
  // npm, the repository's npm/ and an editor each have another place to start from.
  const links = [...readFileSync(join(PACKAGE, "README.md"), "utf8").matchAll(/\]\(([^)]*)\)/g)].map(([, link]) => link);
  assert.ok(links.length > 3, `${links.length} links`);
  for (const link of links) assert.ok(URL.canParse(link) && link.startsWith("https://"), link);
  const repository = "https://github.com/hookgate/hookgate/blob/main/";
  for (const link of links.filter((each) => each.startsWith(repository))) assert.ok(existsSync(path(...link.slice(repository.length).split("#")[0].split("/"))), link);
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
