/** Who hashes, and how fast it can: the thresholds that hold where nobody forces them, and the modules' SIMD. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

import binaryen from "binaryen";

import { PACKAGE } from "../../tools/npm.mjs";

const SECRET = "a secret of some length";
const source = (file) => pathToFileURL(join(PACKAGE, "src", file)).href;

/**
 * An entry as it loads where `node:crypto` has these functions alone, with how often each was asked.
 *
 * @param {string} entry
 * @param {("hash" | "createHash")[]} functions
 */
async function counted(entry, functions) {
  const asked = { hash: 0, createHash: 0 };
  const builtin = process.getBuiltinModule;
  const crypto = builtin("node:crypto");
  const counting = Object.fromEntries(functions.map((name) => [name, (...of) => ((asked[name] += 1), crypto[name](...of))]));
  process.getBuiltinModule = (name) => (name === "node:crypto" ? counting : builtin(name));
  try {
    // A name of its own loads it anew.
    return { asked, ...(await import(`${source(entry)}?with=${functions.join("-")}`)) };
  } finally {
    process.getBuiltinModule = builtin;
  }
}

const signature = (body) => `sha256=${createHmac("sha256", SECRET).update(body).digest("hex")}`;

for (const entry of ["entry/inline.js", "entry/hmac-inline.js"]) {
  for (const [functions, threshold] of [[["hash", "createHash"], 192], [["createHash"], 1024]]) {
    test(`bodies from ${threshold} bytes on are hashed by a host with ${functions.join(" and ")}, and smaller ones are not, in ${entry}`, async () => {
      const { asked, Verifier } = await counted(entry, functions);
      const verifier = new Verifier({ scheme: "github", secret: SECRET });
      // Loading asks whether the host can hash at all.
      const before = asked.hash + asked.createHash;
      let hashed = 0;
      for (const size of [0, threshold - 1, threshold, threshold + 1, 10_000]) {
        for (const body of ["x".repeat(size), new Uint8Array(size).fill(0x78)]) {
          assert.equal(verifier.verify({ headers: { "x-hub-signature-256": signature(body) }, body }).keyIndex, 0);
          if (size >= threshold) hashed += 1;
          assert.equal(asked.hash + asked.createHash - before, hashed, `${size} bytes, ${typeof body}`);
        }
      }
      assert.equal(hashed, 6);
    });
  }
}

test("every module of the package hashes with SIMD", async () => {
  const [full, hmac] = await Promise.all(["wasm/hookgate.js", "wasm/hookgate-hmac.js"].map(async (file) => (await import(source(file))).bytes()));
  const modules = {
    "hookgate.wasm": readFileSync(join(PACKAGE, "src", "wasm", "hookgate.wasm")),
    "hookgate-hmac.wasm": readFileSync(join(PACKAGE, "src", "wasm", "hookgate-hmac.wasm")),
    "hookgate.js": full,
    "hookgate-hmac.js": hmac,
  };
  for (const [name, bytes] of Object.entries(modules)) {
    const module = binaryen.readBinary(bytes);
    try {
      // SHA-256 adds four words at once: without the target's feature there is no such instruction.
      const adds = module.emitText().match(/\(i32x4\.add/g) ?? [];
      assert.ok(adds.length >= 4, `${name}: ${adds.length} additions of four words`);
    } finally {
      module.dispose();
    }
  }
});
