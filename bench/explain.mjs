/**
 * How long `explain` takes in WebAssembly, in the worst case: a request of 64 KB that nothing explains,
 * so that every trial is made for which there is budget.
 *
 * Of both builds, that for the edge and pages and that for servers; without a host who hashes. Prints the
 * slowest first: median and fastest of 31 calls, in milliseconds. Measured, never judged. The same
 * natively: `cargo run --release -p hookgate --example explain_time`.
 */
import { readFileSync } from "node:fs";

import { path } from "../tools/project.mjs";
import { loadModule, loadVerifier } from "../tools/verifier.mjs";

const NOW = 1_700_000_000;
const RUNS = 31;
const WARM_UP = 8; // until the engine has compiled it for speed
const SECRETS = ["whsec_Zmlyc3Qtc2VjcmV0LW9mLXRoZS1lbmRwb2lu", "user:0123456789abcdef", "0123456789abcdef".repeat(4)];

const times = (count, write) => Array.from({ length: count }, (_, number) => write(number));
const item = (number) => `{"id": ${number}, "url": "https://a.example/${number}", "note": "caf\\u00e9 <é>"}`;
const field = (number) => `field${number}=caf%C3%A9+%2F+${"value".repeat(6)}%2a${number}~`;

/** Each with spaces, letters and escapes, so that there is something to write otherwise. */
const BODIES = {
  JSON: { body: `{"webhookTimestamp": ${NOW}000, "items": [${times(930, item).join(", ")}]}` },
  form: { body: times(990, field).join("&"), contentType: "application/x-www-form-urlencoded" },
};

/** Requests of public keys, published by their vendors: their private keys nobody has. */
const PUBLISHED = readFileSync(path("crates", "verify", "tests", "vectors-asymmetric.jsonl"), "utf8").trim().split("\n").map((line) => JSON.parse(line));

/** Of every scheme that the module can sign for, or of which a request is published. */
export function measureExplain() {
  for (const build of ["full", "server"]) {
    const verifier = loadVerifier(build);
    const rows = verifier.schemes().flatMap(({ name, signsContent }) => {
      if (!signsContent) return [];
      return Object.entries(BODIES).flatMap(([kind, event]) => {
        const input = inputFor(verifier, name, event);
        return input ? [{ name, kind, ...timed(build, input) }] : [];
      });
    });
    rows.sort((one, other) => other.fastest - one.fastest);
    console.log(`\n${build.padEnd(20)} body   median   fastest  tried  left out`);
    for (const { name, kind, median, fastest, tried, untried } of rows.slice(0, 12)) {
      const cells = [median.toFixed(2).padStart(8), fastest.toFixed(2).padStart(9), `${tried}`.padStart(6), `${untried}`.padStart(9)];
      console.log(`${name.padEnd(20)} ${kind} ${cells.join(" ")}`);
    }
  }
}

/** What is asked, `undefined` for a scheme that cannot sign this. */
function inputFor(verifier, scheme, { body, contentType }) {
  const published = PUBLISHED.find((row) => row.scheme === scheme && typeof row.secret_or_key === "string");
  if (published) {
    const lines = Object.entries(published.headers).filter(([name]) => name !== "content-type").flat();
    if (contentType) lines.push("content-type", contentType);
    return { setup: { scheme, secrets: [published.secret_or_key] }, request: { method: "POST", url: published.url, lines, body: Buffer.from(body) } };
  }
  for (const secret of SECRETS) {
    try {
      const event = { id: "msg_1", type: "a.b", method: "POST", url: "https://example.com/in?a=1", contentType, body };
      const sent = verifier.sign({ scheme, secret, ...event, now: NOW });
      const lines = Object.entries(sent.headers).flat();
      if (contentType) lines.push("content-type", contentType);
      const changed = Buffer.from(body.replaceAll("caf", "kaf"));
      return { setup: { scheme, secrets: [secret] }, request: { method: "POST", url: sent.url, lines, body: changed } };
    } catch (error) {
      if (!error.code) throw error;
    }
  }
  return undefined;
}

function timed(build, { setup, request }) {
  const module = loadModule(build);
  let told;
  const taken = times(WARM_UP + RUNS, () => {
    const start = performance.now();
    told = module.explain(setup, request, NOW);
    return performance.now() - start;
  }).slice(WARM_UP);
  taken.sort((one, other) => one - other);
  return { median: taken[RUNS >> 1], fastest: taken[0], tried: told.tried, untried: told.untried };
}
