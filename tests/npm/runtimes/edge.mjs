/** The edge runtime of Vercel and Next: its own VM, on a bundle made as they make it. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import { build } from "esbuild";

import { installed } from "./install.mjs";

/**
 * Evaluates a file of the project, which adds a listener for `fetch`.
 *
 * @returns {Promise<{dispatchFetch: Function, inputs: string[]}>}
 */
export async function edgeOf(folder, main, { context = {} } = {}) {
  const { EdgeVM } = createRequire(join(await installed(), "package.json"))("@edge-runtime/vm");
  const modules = {};
  const result = await build({
    entryPoints: [join(folder, main)],
    bundle: true,
    write: false,
    metafile: true,
    absWorkingDir: folder,
    format: "iife",
    conditions: ["edge-light", "import"],
    plugins: [{ name: "wasm", setup: (bundler) => compiled(bundler, modules) }],
    logLevel: "silent",
  });
  const vm = new EdgeVM({ extend: (scope) => Object.assign(scope, { __modules: modules }, context) });
  vm.evaluate(result.outputFiles[0].text);
  return { dispatchFetch: (...of) => vm.dispatchFetch(...of), inputs: Object.keys(result.metafile.inputs) };
}

/** An import that ends with `.wasm?module` is a compiled module, which the platform hands in. */
function compiled(bundler, modules) {
  bundler.onResolve({ filter: /\.wasm\?module$/ }, ({ path, resolveDir }) => ({ path: join(resolveDir, path.replace("?module", "")), namespace: "wasm" }));
  bundler.onLoad({ filter: /./, namespace: "wasm" }, ({ path }) => {
    modules[path] = new WebAssembly.Module(readFileSync(path));
    return { contents: `export default __modules[${JSON.stringify(path)}];`, resolveDir: dirname(path) };
  });
}

export async function judgeInEdge(folder) {
  const { dispatchFetch, inputs } = await edgeOf(folder, "edge.mjs");
  const response = await dispatchFetch("http://edge/");
  const { version } = JSON.parse(readFileSync(join(await installed(), "node_modules", "@edge-runtime", "vm", "package.json"), "utf8"));
  return { version, entries: inputs.filter((file) => file.includes("hookgate/src/entry/")), ...(await response.json()) };
}
