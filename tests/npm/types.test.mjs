/** The types: what a strict project may write and what it may not, in each way that modules are resolved. */
import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";

import { run } from "../../tools/process.mjs";
import { path } from "../../tools/project.mjs";
import { hmac, hookgate } from "./kit.mjs";
import { emptyProject } from "./runtimes/consumer.mjs";
import { installed } from "./runtimes/install.mjs";

const NODE = { lib: ["ES2022"], types: ["node"], files: ["full.ts", "hmac.ts", "node.ts"] };
const COMMONJS = { lib: ["ES2022"], types: ["node"], files: ["commonjs.cts"] };
const BUNDLER = { module: "esnext", moduleResolution: "bundler" };
/** Each of them is a project as strict as it can be. */
const PROJECTS = {
  "Node, nodenext": { module: "nodenext", moduleResolution: "nodenext", ...NODE },
  "Node, node16": { module: "node16", moduleResolution: "node16", ...NODE },
  "CommonJS, nodenext": { module: "nodenext", moduleResolution: "nodenext", ...COMMONJS },
  "CommonJS, node16": { module: "node16", moduleResolution: "node16", ...COMMONJS },
  "a browser, bundler": { ...BUNDLER, lib: ["ES2022", "DOM", "DOM.Iterable"], types: [], files: ["full.ts", "hmac.ts"] },
  "Workers, bundler": { ...BUNDLER, lib: ["ES2022"], types: ["@cloudflare/workers-types"], files: ["full.ts", "hmac.ts", "workers.ts"] },
};
/** The newest compiler, and the oldest that the types are written for. */
const COMPILERS = { "TypeScript 7": "typescript", "TypeScript 5.4": "typescript5" };

let project;
let modules;
let configs = 0;
before(async () => {
  project = await emptyProject();
  modules = join(await installed(), "node_modules");
  cpSync(path("tests", "npm", "types"), project.folder, { recursive: true });
  for (const name of ["@types/node", "undici-types", "@cloudflare/workers-types"]) {
    const link = join(project.folder, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(modules, name), link, "dir");
  }
});
after(() => project?.remove());

async function compile(compiler, { files, ...options }) {
  const config = join(project.folder, `tsconfig-${(configs += 1)}.json`);
  const strict = { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, noPropertyAccessFromIndexSignature: true, skipLibCheck: false, skipDefaultLibCheck: true };
  writeFileSync(config, JSON.stringify({ compilerOptions: { target: "es2022", noEmit: true, ...strict, ...options }, files }));
  return run(process.execPath, [join(modules, compiler, "bin", "tsc"), "-p", config, "--pretty", "false"], { cwd: project.folder });
}

describe("the types", { concurrency: 2 }, () => {
  for (const [name, settings] of Object.entries(PROJECTS)) {
    for (const [version, compiler] of Object.entries(COMPILERS)) {
      // Newer types of a platform want a newer compiler.
      if (compiler === "typescript5" && !name.includes("browser")) continue;
      test(`every export has its type, and no other, in a project for ${name}, ${version}`, async () => {
        const { code, output } = await compile(compiler, settings);
        assert.equal(code, 0, output);
      });
    }
  }

  test("a project that knows no `exports` finds both entries", async () => {
    // TypeScript 7 has no such projects any more.
    const { code, output } = await compile("typescript5", { module: "commonjs", moduleResolution: "node10", lib: ["ES2022", "DOM", "DOM.Iterable"], types: [], files: ["commonjs.cts"] });
    assert.equal(code, 0, output);
  });

  test("a mistake that is expected and does not come is told", async () => {
    const file = join(project.folder, "right.ts");
    writeFileSync(file, 'import { schemes } from "hookgate";\n// @ts-expect-error nothing is wrong here\nschemes();\n');
    const { code, output } = await compile("typescript", { ...PROJECTS["Node, nodenext"], files: ["right.ts"] });
    assert.notEqual(code, 0);
    assert.match(output, /right\.ts\(2,1\): error TS2578/);
  });
});

/** The names in the declaration of `type`. */
function named(type, form) {
  const text = readFileSync(path("npm", "types", "index.d.ts"), "utf8");
  const declaration = new RegExp(`export (?:type|interface) ${type} [^]*?\n(?:\\}|\n)`).exec(text)[0];
  return [...declaration.matchAll(form)].map(([, name]) => name).sort();
}

test("the types name the schemes that there are", () => {
  assert.deepEqual(named("SchemeName", /"([^"]+)"/g), hookgate.schemes().map(({ name }) => name).sort());
});

test("the types name the codes of the errors that there are", () => {
  const rust = readFileSync(path("crates", "verify", "src", "codes.rs"), "utf8");
  const codes = [...rust.matchAll(/^ {4}(?:Setup|Malformed|Unauthenticated|Incomplete|Sign) "([a-z_]+)"/gm)].map(([, code]) => code);
  assert.ok(codes.length > 30, `${codes.length} codes`);
  // The module's own: crates/wasm/src/lib.rs.
  assert.deepEqual(named("ErrorData", /^ {2}([a-z_]+): \{/gm), [...codes, "missing_argument", "unknown_verifier"].sort());
});

test("what the types export is what there is", () => {
  const values = (file) => {
    const text = readFileSync(path("npm", "types", file), "utf8");
    const listed = [...text.matchAll(/^export \{ (.+) \}/gm)].flatMap(([, names]) => names.split(", "));
    return [...listed, ...[...text.matchAll(/^export (?:function|class) (\w+)/gm)].map(([, name]) => name)].sort();
  };
  assert.deepEqual(values("index.d.ts"), Object.keys(hookgate).sort());
  assert.deepEqual(values("hmac.d.ts"), Object.keys(hmac).sort());
});
