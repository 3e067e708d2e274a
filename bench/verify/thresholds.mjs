/**
 * From which size on a body is better hashed by the host: where the thresholds of npm/src/host.js come
 * from. The same verification of the same bodies, medians of interleaved rounds, by three ways: in
 * WebAssembly, by a host with a hash of one call (`crypto.hash`), and by one that has `createHash` alone.
 *
 * Both hosts are Node's: of another runtime this says nothing.
 */
import { createHmac } from "node:crypto";
import { cpus } from "node:os";

import { measure } from "./measure.mjs";
import { bytes, create, host, Module } from "./package.mjs";

const ROUNDS = 51;
const SIZES = [64, 128, 160, 192, 224, 256, 384, 512, 768, 1024, 1536, 2048, 4096];
const SECRET = "a secret of some length";

const WASM = "WebAssembly";
const ONE_SHOT = "crypto.hash";
const STREAMED = "createHash";

export async function thresholdsBench(json) {
  const wasm = new WebAssembly.Module(bytes());
  const verifiers = Object.entries({ [WASM]: undefined, [ONE_SHOT]: host(), [STREAMED]: hostWithout("hash") }).map(([name, found]) => {
    const { Verifier } = create(new Module(wasm, found && { ...found, threshold: 0 }));
    return [name, new Verifier({ scheme: "github", secret: SECRET })];
  });
  const rows = [];
  for (const size of SIZES) {
    const text = "x".repeat(size);
    const headers = { "x-hub-signature-256": `sha256=${createHmac("sha256", SECRET).update(text).digest("hex")}` };
    for (const [kind, body] of [["bytes", Buffer.from(text)], ["text", text]]) {
      const candidates = verifiers.map(([name, verifier]) => [name, () => verifier.verify({ headers, body })]);
      const { micros, ratio } = await measure(Object.fromEntries(candidates), ROUNDS);
      rows.push({ size, kind, micros, ratios: Object.fromEntries([ONE_SHOT, STREAMED].map((name) => [name, ratio(name, WASM)])) });
    }
  }
  const machine = { node: process.version, cpu: cpus()[0]?.model, date: new Date().toISOString() };
  const thresholds = { [ONE_SHOT]: host().threshold, [STREAMED]: hostWithout("hash").threshold };
  if (json) console.log(JSON.stringify({ machine, unit: "µs", rounds: ROUNDS, thresholds, rows }, null, 2));
  else print(machine, thresholds, rows);
}

/** The host as it is where `node:crypto` lacks a function. */
function hostWithout(name) {
  const builtin = process.getBuiltinModule;
  process.getBuiltinModule = (of) => (of === "node:crypto" ? { ...builtin(of), [name]: undefined } : builtin(of));
  try {
    return host();
  } finally {
    process.getBuiltinModule = builtin;
  }
}

function print({ node, cpu }, thresholds, rows) {
  console.log(`\nmicroseconds a verification (github), medians of ${ROUNDS} interleaved rounds; Node ${node}, ${cpu}`);
  console.log("in brackets how many times as long as in WebAssembly\n");
  console.log(`${"body".padEnd(16)}${[WASM, ONE_SHOT, STREAMED].map((name) => name.padStart(18)).join("")}`);
  for (const { size, kind, micros, ratios } of rows) {
    const cells = [ONE_SHOT, STREAMED].map((name) => `${micros[name].toFixed(2)} (${ratios[name].toFixed(2)})`);
    console.log(`${`${size} B, ${kind}`.padEnd(16)}${[micros[WASM].toFixed(2), ...cells].map((cell) => cell.padStart(18)).join("")}`);
  }
  console.log(`\nin force: ${Object.entries(thresholds).map(([name, bytes]) => `${bytes} B with ${name}`).join(", ")}`);
}
