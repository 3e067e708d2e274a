/** The package as it is packed. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { buildNpm, PACKAGE } from "../../tools/npm.mjs";

await buildNpm({ quiet: true });

export const hookgate = await import(pathToFileURL(join(PACKAGE, "src", "entry", "inline.js")).href);
