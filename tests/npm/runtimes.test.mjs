/**
 * The packed package, installed into an empty project, in every runtime that it is made for: one suite,
 * with the host's hash as it is, forced on and forced off, and one output, byte for byte.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { judgeInChromium } from "./runtimes/browser.mjs";
import { suiteProject } from "./runtimes/consumer.mjs";
import { judgeInEdge } from "./runtimes/edge.mjs";
import { judgeInServer, runIn } from "./runtimes/servers.mjs";
import { judgeInWorkerd, WITH_NODE, WITHOUT_NODE } from "./runtimes/workerd.mjs";

/** `entry` is the file that the package's name must lead to, `hasHost` whether there is a synchronous hash. */
const RUNTIMES = {
  "Node 20": { judge: (folder) => judgeInServer("node20", folder), major: 20, entry: "inline", hasHost: true },
  "Node 22": { judge: (folder) => judgeInServer("node22", folder), major: 22, entry: "inline", hasHost: true },
  "Node 24": { judge: (folder) => judgeInServer("node24", folder), major: 24, entry: "inline", hasHost: true },
  Deno: { judge: (folder) => judgeInServer("deno", folder), major: 2, entry: "inline", hasHost: true },
  Bun: { judge: (folder) => judgeInServer("bun", folder), major: 1, entry: "inline", hasHost: true },
  workerd: { judge: (folder) => judgeInWorkerd(WITHOUT_NODE, folder), major: 1, entry: "workerd", hasHost: false },
  "workerd, nodejs_compat": { judge: (folder) => judgeInWorkerd(WITH_NODE, folder), major: 1, entry: "workerd", hasHost: true },
  Chromium: { judge: (folder) => judgeInChromium(folder), major: undefined, entry: "browser", hasHost: false },
  "Vercel's edge": { judge: (folder) => judgeInEdge(folder), major: undefined, entry: "edge", hasHost: false },
};

const found = {};
let project;
before(async () => (project = await suiteProject()));
after(() => project?.remove());

describe("the suite", { concurrency: 2 }, () => {
  for (const [name, { judge, major, entry, hasHost }] of Object.entries(RUNTIMES)) {
    test(`has its verdicts in ${name}, through the entry that is meant for it`, async () => {
      const judged = await judge(project.folder);
      found[name] = judged;
      if (major !== undefined) assert.equal(Number(judged.version.split(".")[0]), major, judged.version);
      assert.deepEqual(judged.entries.map((file) => file.split("/").pop()), [`${entry}.js`, `hmac-${entry}.js`]);
      assert.equal(judged.hasHost, hasHost);
      for (const { build, path, wrong, cases, hashed } of judged.results) {
        assert.deepEqual(wrong, [], `${build}, ${path}`);
        assert.ok(cases > 800, `${build}, ${path}: ${cases} cases`);
        if (path === "host on") assert.ok(hashed > 500, `${build}: the host hashed ${hashed} bodies`);
      }
    });
  }
});

test("the output is the same in all of them, byte for byte, whoever hashes", () => {
  console.log(table());
  assert.deepEqual(Object.keys(found).sort(), Object.keys(RUNTIMES).sort(), "each has answered");
  const expected = new Map(found["Node 20"].results.filter(({ path }) => path === "as it is").map(({ build, report }) => [build, report]));
  for (const [name, { hasHost, results }] of Object.entries(found)) {
    assert.equal(results.length, hasHost ? 6 : 4, name);
    for (const { build, path, report } of results) {
      if (report === expected.get(build)) continue;
      const [ours, theirs] = [report.split("\n"), expected.get(build).split("\n")];
      const at = ours.findIndex((line, index) => line !== theirs[index]);
      assert.equal(ours[at], theirs[at], `${name}, ${build}, ${path}: line ${at + 1} is another than in Node 20`);
    }
  }
});

test("a body in R2 is opened by a Worker", () => {
  for (const name of ["workerd", "workerd, nodejs_compat"]) assert.equal(found[name].opened, "255,0,13", name);
});

test("CommonJS can require both entries, and has the instance that `import` gives", async () => {
  const file = "required.cjs";
  const lines = [
    'const hookgate = require("hookgate");',
    'const hmac = require("hookgate/hmac");',
    "const told = [hookgate.schemes().length > hmac.schemes().length, typeof hookgate.verify, typeof hmac.Verifier];",
    'Promise.all([import("hookgate"), import("hookgate/hmac")]).then(([one, other]) => console.log(...told, one.verify === hookgate.verify, other.Verifier === hmac.Verifier));',
  ];
  writeFileSync(join(project.folder, file), lines.join("\n"));
  for (const name of ["node20", "node22", "node24", "bun"]) {
    assert.equal(await runIn(name, project.folder, file), "true function function true true\n", name);
  }
});

/** One row for each runtime and path; the digest is over the output of both builds. */
function table() {
  const rows = [["runtime", "version", "path", "cases", "by the host", "SHA-256 of the output"]];
  for (const name of Object.keys(RUNTIMES).filter((each) => found[each])) {
    const { version, results } = found[name];
    for (const path of ["as it is", "host on", "host off"]) {
      const both = results.filter((result) => result.path === path);
      if (both.length === 0) continue;
      const digest = createHash("sha256").update(both.map(({ report }) => report).join("")).digest("hex");
      const hashed = both.reduce((sum, result) => sum + (result.hashed ?? 0), 0);
      rows.push([name, version, path, `${both.reduce((sum, { cases }) => sum + cases, 0)}`, path === "host on" ? `${hashed}` : "", digest]);
    }
  }
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column])).join("  ").trimEnd()).join("\n");
}
