/**
 * How long `explain` takes in WebAssembly, in the worst case: a request of 64 KB that nothing explains,
 * so that every trial is made for which there is budget.
 *
 * Prints the slowest schemes first: median and fastest of 31 runs, in milliseconds. Measured, never
 * judged. The same natively: `cargo run --release -p hookgate --example explain_time`.
 */
import { readFileSync } from "node:fs";

import { VERIFIERS } from "../tools/build.mjs";
import { loadVerifier } from "../tools/verifier.mjs";

const NOW = 1_700_000_000;
const RUNS = 31;
const SECRETS = ["whsec_Zmlyc3Qtc2VjcmV0LW9mLXRoZS1lbmRwb2lu", "user:0123456789abcdef", "0123456789abcdef".repeat(4)];

const item = (number) => `{"id": ${number}, "url": "https://a.example/${number}", "note": "caf\\u00e9 <é>"}`;
const BODY = `{"webhookTimestamp": ${NOW}000, "items": [${Array.from({ length: 930 }, (_, number) => item(number)).join(", ")}]}`;

/** Of every scheme that the module can sign for. */
export function measureExplain() {
  const verifier = loadVerifier();
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(VERIFIERS.full.file)));
  const rows = verifier.schemes().flatMap((scheme) => {
    const input = inputFor(verifier, scheme);
    return input ? [{ scheme, ...timed(exports, input) }] : [];
  });
  rows.sort((one, other) => other.median - one.median);
  console.log(`${BODY.length} bytes${" ".repeat(10)}  median   fastest  (ms)`);
  for (const { scheme, median, fastest } of rows.slice(0, 12)) {
    console.log(`${scheme.padEnd(20)} ${median.toFixed(3).padStart(8)}  ${fastest.toFixed(3).padStart(8)}`);
  }
}

/** The arguments of the call, `undefined` for a scheme that cannot sign this. */
function inputFor(verifier, scheme) {
  for (const secret of SECRETS) {
    try {
      const number = verifier.verifier({ scheme, secrets: [secret], signing: true });
      const event = { id: "msg_1", type: "a.b", method: "POST", url: "https://example.com/in?a=1", body: BODY };
      const { url, headers } = verifier.sign(number, event, NOW);
      verifier.release(number);
      const setup = fields([scheme, ...Array(8).fill(undefined), secret]);
      return fields([setup, "POST", url, BODY.replaceAll("caf", "kaf"), ...headers.flat()]);
    } catch (error) {
      if (!error.code) throw error;
    }
  }
  return undefined;
}

/** As `crates/wasm/src/frame.rs` says. */
function fields(values) {
  const parts = values.flatMap((value) => {
    const bytes = value === undefined ? Buffer.alloc(0) : Buffer.from(value);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(value === undefined ? 0xffff_ffff : bytes.length);
    return [length, bytes];
  });
  return Buffer.concat(parts);
}

function timed(exports, input) {
  const times = Array.from({ length: RUNS }, () => {
    const start = performance.now();
    const at = exports.input(input.length); // it may move the memory
    new Uint8Array(exports.memory.buffer, at).set(input);
    const failed = exports.explain(NOW);
    const time = performance.now() - start;
    if (failed) throw new Error("explain refused its arguments");
    return time;
  }).sort((one, other) => one - other);
  return { median: times[RUNS >> 1], fastest: times[0] };
}
