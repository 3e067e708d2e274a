/** A module that traps: what WebAssembly has then not unwound must harm no later request. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

import binaryen from "binaryen";

import { PACKAGE } from "../../tools/npm.mjs";
import { host, NOW, SECRET } from "./kit.mjs";

const source = (file) => import(pathToFileURL(join(PACKAGE, "src", file)).href);
const [{ create }, { Module }] = await Promise.all([source("create.js"), source("module.js")]);

/** At this moment the module traps, as deep in its stack as this many bytes. */
const TRAPS = 13;
const DEEP = 32_768;

/** The packed module, but that `judge` traps at one moment, with a part of the stack taken. */
const trapping = new WebAssembly.Module(patched(readFileSync(join(PACKAGE, "src", "wasm", "hookgate.wasm"))));

function patched(wasm) {
  const module = binaryen.readBinary(wasm);
  const judge = Array.from({ length: module.getNumExports() }, (_, index) => binaryen.getExportInfo(module.getExportByIndex(index))).find(({ name }) => name === "judge").value;
  const { i32, f64 } = binaryen;
  // The first of the globals is the stack's, and the only one that is written.
  const stack = binaryen.getGlobalInfo(module.getGlobalByIndex(0)).name;
  const fails = module.block(null, [module.global.set(stack, module.i32.sub(module.global.get(stack, i32), module.i32.const(DEEP))), module.unreachable()]);
  const asks = module.call(judge, [module.local.get(0, i32), module.local.get(1, i32), module.local.get(2, f64), module.local.get(3, i32)], i32);
  const params = binaryen.createType([i32, i32, f64, i32]);
  module.addFunction("trapping", params, i32, [], module.if(module.f64.eq(module.local.get(2, f64), module.f64.const(TRAPS)), fails, asks));
  module.removeExport("judge");
  module.addFunctionExport("trapping", "judge");
  const bytes = module.emitBinary();
  module.dispose();
  return bytes;
}

for (const [way, threshold] of [["in WebAssembly", Infinity], ["by the host", 0]]) {
  test(`after each trap the next request has a new instance, hashed ${way}`, () => {
    const module = new Module(trapping, { ...host(), threshold });
    const { explain, schemes, sign, Verifier, verify } = create(module);
    const body = '{"type":"invoice.paid"}';
    const tag = createHmac("sha256", Buffer.from(SECRET.slice(6), "base64")).update(`msg_1.${NOW}.${body}`).digest("base64");
    const request = { headers: { "webhook-id": "msg_1", "webhook-timestamp": `${NOW}`, "webhook-signature": `v1,${tag}` }, body: new TextEncoder().encode(body), now: NOW };
    const forged = { ...request, body: `${body} ` };
    const setup = { scheme: "standard", secret: SECRET };
    const secrets = [SECRET];
    const verifier = new Verifier({ ...setup, secret: secrets });
    // Prepared again, the keys are still those of then.
    secrets[0] = "whsec_c2Vjb25kLXNlY3JldC1vZi10aGUtZW5kcG9p";
    const before = verifier.verify(request);
    let traps = 0;
    for (let round = 0; round < 10_000; round += 1) {
      if (round % 100 === 0) {
        const trapped = round % 200 === 0 ? () => verifier.verify({ ...request, now: TRAPS }) : () => verify({ ...setup, ...request, now: TRAPS });
        assert.throws(trapped, ({ message, cause }) => cause instanceof WebAssembly.RuntimeError && /nothing is known of this request/.test(message));
        traps += 1;
      }
      assert.equal(verifier.verify(request).timestamp, NOW);
      assert.equal(verify({ ...setup, ...request }).keyIndex, 0);
      assert.throws(() => verifier.verify(forged), { code: "signature_mismatch" });
    }
    assert.equal(traps, 100);
    assert.equal(before.type, "invoice.paid");
    for (const after of [() => assert.ok(schemes().length > 50), () => assert.equal(explain({ ...setup, ...request }).refusal, undefined), () => assert.equal(sign({ ...setup, id: "msg_1", body, now: NOW }).headers["webhook-signature"], `v1,${tag}`)]) {
      assert.throws(() => verifier.verify({ ...request, now: TRAPS }), /new instance/);
      after();
    }
  });
}
