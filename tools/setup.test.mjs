import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join } from "node:path";
import { test } from "node:test";

import { path } from "./project.mjs";

/** The programs that a clone is set up by: nothing is installed yet when they begin. */
const PROGRAMS = ["start", "build", "test", "npm", "setup", "keys"];

/** What a module and those that it imports import without being asked, by the module's name. */
function imports(file, seen = new Map()) {
  if (seen.has(file)) return seen;
  const names = [...readFileSync(file, "utf8").matchAll(/^(?:import|export) (?:[^"';]*? from )?"([^"]+)";/gm)].map(([, name]) => name);
  seen.set(file, names);
  for (const name of names.filter((name) => name.startsWith("."))) imports(join(dirname(file), name), seen);
  return seen;
}

for (const program of PROGRAMS) {
  test(`tools/${program}.mjs begins without any package installed`, () => {
    const found = imports(path("tools", `${program}.mjs`));
    const packages = [...found].flatMap(([file, names]) =>
      names.filter((name) => !name.startsWith(".") && !builtinModules.includes(name.replace(/^node:/, ""))).map((name) => `${name} in ${file}`),
    );
    assert.deepEqual(packages, []);
    assert.ok(found.size > 1);
  });
}
