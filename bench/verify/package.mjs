/** The package as it is packed, and its parts, to be put together in another way. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { buildNpm, PACKAGE } from "../../tools/npm.mjs";

await buildNpm({ quiet: true });

const source = (file) => import(pathToFileURL(join(PACKAGE, "src", file)).href);

export const hookgate = await source("entry/inline.js");
export const [{ create }, { Module }, { host }, { bytes }] = await Promise.all(["create.js", "module.js", "host.js", "wasm/hookgate.js"].map(source));
