/**
 * How long a verification takes, beside the libraries that people use today and the bare HMAC below
 * all of them: the same bytes, medians of interleaved rounds. Timings decide nothing: a figure above
 * its target is marked, and that is all.
 *
 *   npm run bench -- verify [--json]
 *   npm run bench -- verify --thresholds [--json]    from which size on the host hashes better
 */
import { cpus } from "node:os";

import { asymmetric, NODE } from "./asymmetric.mjs";
import { measure } from "./measure.mjs";
import { HASH, SIZES, symmetric } from "./symmetric.mjs";
import { thresholdsBench } from "./thresholds.mjs";

const ROUNDS = 101;
/** Up to here what a verdict takes above the hash is more than a hundredth of it. */
const SMALL = 1024;

/** At most so many times the other's time, from the first size on to the last. */
const TARGETS = [
  { of: "hookgate", to: "bare HMAC", most: 1.0, from: 0, until: 1024 },
  { of: "hookgate", to: "bare HMAC", most: 1.15, from: 16_384, until: Infinity },
  { of: "hookgate", to: "svix", most: 1 / 6, from: 0, until: Infinity },
  { of: "hookgate", to: "standardwebhooks", most: 1 / 6, from: 0, until: Infinity },
  { of: "hookgate, stripe", to: "stripe", most: 1 / 2, from: 0, until: Infinity },
  { of: "hookgate, github", to: "bare HMAC", most: 1.0, from: 0, until: 1024 },
  { of: "hookgate, github", to: "@octokit/webhooks-methods", most: 1, from: 0, until: Infinity },
];

export async function verifyBench(args) {
  const json = args.includes("--json");
  if (args.includes("--thresholds")) return thresholdsBench(json);
  const hmac = [];
  for (const size of SIZES) {
    hmac.push({ size, ...(await measure(await symmetric(size), ROUNDS)) });
    if (!json) process.stderr.write(`${label(size)} …\n`);
  }
  const keys = beside(await measure(await asymmetric(), ROUNDS));
  const targets = TARGETS.flatMap((target) => judged(target, hmac));
  const machine = { node: process.version, cpu: cpus()[0]?.model, date: new Date().toISOString() };
  if (json) {
    const rows = hmac.map(({ size, micros }) => ({ size, micros }));
    console.log(JSON.stringify({ machine, unit: "µs", rounds: ROUNDS, hmac: rows, asymmetric: keys, targets }, null, 2));
  } else {
    print(machine, hmac, keys, targets);
  }
}

function judged({ of, to, most, from, until }, rows) {
  return rows
    .filter(({ size }) => size >= from && size <= until)
    .map(({ size, ratio }) => ({ of, to, size, most, ratio: ratio(of, to) }))
    .map((row) => ({ ...row, met: row.ratio <= row.most }));
}

/** Each kind of public key: ours, Node's, and how many times as long ours took. */
function beside({ micros, ratio }) {
  const names = Object.keys(micros).filter((name) => !name.endsWith(NODE));
  return names.map((name) => ({ name, micros: micros[name], node: micros[`${name}${NODE}`], ratio: ratio(name, `${name}${NODE}`) }));
}

function print({ node, cpu }, hmac, keys, targets) {
  console.log(`\nmicroseconds a call, medians of ${ROUNDS} interleaved rounds; Node ${node}, ${cpu}\n`);
  console.log(`${"".padEnd(28)}${hmac.map(({ size }) => label(size).padStart(10)).join("")}`);
  for (const name of Object.keys(hmac[0].micros)) {
    console.log(`${name.padEnd(28)}${hmac.map(({ micros }) => micros[name].toFixed(2).padStart(10)).join("")}`);
  }
  console.log(`\n${"signatures, 1 KiB".padEnd(28)}${"hookgate".padStart(10)}${"node".padStart(10)}${"ratio".padStart(10)}`);
  for (const { name, micros, node: theirs, ratio } of keys) {
    console.log(`${name.padEnd(28)}${micros.toFixed(0).padStart(10)}${theirs.toFixed(0).padStart(10)}${ratio.toFixed(1).padStart(10)}`);
  }
  printAbove(hmac.filter(({ size, micros }) => size <= SMALL && micros[HASH] !== undefined));
  console.log("\ntargets");
  for (const { of, to, size, most, ratio, met } of targets) {
    console.log(`  ${met ? "met " : "MISS"}  ${`${of} : ${to}`.padEnd(44)} ${label(size).padStart(8)}  ${ratio.toFixed(2)} (at most ${most.toFixed(2)})`);
  }
}

/** The verdict's own price, which does not grow with the body; of the bare HMAC, that of its set-up. */
function printAbove(rows) {
  if (rows.length === 0) return;
  console.log(`\n${"above the hash alone".padEnd(28)}${rows.map(({ size }) => label(size).padStart(10)).join("")}`);
  for (const name of ["hookgate", "hookgate, stripe", "hookgate, github", "bare HMAC"]) {
    console.log(`${name.padEnd(28)}${rows.map(({ micros }) => (micros[name] - micros[HASH]).toFixed(2).padStart(10)).join("")}`);
  }
}

function label(size) {
  if (size >= 1 << 20) return `${size >> 20} MiB`;
  return size >= 1024 ? `${size >> 10} KiB` : `${size} B`;
}
