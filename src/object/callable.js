/**
 * The end of the built Worker (tools/build.mjs). The runtime lets classes be called that extend its own; what
 * WebAssembly's bindings write extends nothing.
 */
import { DurableObject } from "cloudflare:workers";
import * as worker from "./index.js";

for (const [name, object] of Object.entries(worker)) {
  if (!name.endsWith("Object")) continue;
  Object.setPrototypeOf(object, DurableObject);
  Object.setPrototypeOf(object.prototype, DurableObject.prototype);
}
