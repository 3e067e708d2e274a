/**
 * `npm run fuzz`: every fuzz target, of the verifier and of the ingress, for some seconds, two at a time.
 *
 * The targets are libFuzzer's (crates/verify/fuzz and crates/relay/fuzz), built with the project's own stable toolchain:
 * the coverage that libFuzzer steers by is one pass of LLVM, which needs no nightly. The crate
 * forbids unsafe code, so a sanitizer of addresses would find nothing. `cargo fuzz run <target>`
 * works as well, where cargo-fuzz and a nightly toolchain are installed.
 *
 *   npm run fuzz                          20 s for each target
 *   npm run fuzz -- 300 urls twilio       5 minutes for these two
 *   npm run fuzz -- 600 --jobs=1 --total=total.tsv --rounds=8
 *
 * A crash leaves its input in its crate's fuzz/artifacts and ends with code 1. What was learnt
 * stays in fuzz/corpus, from which the next run starts.
 */
import { appendFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { dictionary, writeSeeds } from "./fuzz/seeds.mjs";
import { Failure, main, mustRun, run } from "./process.mjs";
import { childEnv, path } from "./project.mjs";

/** Crates with targets. */
const CRATES = ["verify", "relay"].map((name) => path("crates", name, "fuzz"));

/** As cargo-fuzz has them, but for the sanitizer. */
const FLAGS = [
  ["--cfg", "fuzzing"],
  ["-Cpasses=sancov-module"],
  ["-Cllvm-args=-sanitizer-coverage-level=4"],
  ["-Cllvm-args=-sanitizer-coverage-inline-8bit-counters"],
  ["-Cllvm-args=-sanitizer-coverage-pc-table"],
  ["-Cllvm-args=-sanitizer-coverage-trace-compares"],
  ["-Cllvm-args=-simplifycfg-branch-fold-threshold=0"],
  ["-Ccodegen-units=1"],
].flat();

/** Longer inputs find nothing that shorter ones do not, and are slow. */
const LONGEST = 8192;

await main(async () => {
  const { seconds, jobs, rounds, total, targets } = options(process.argv.slice(2));
  const programs = await build();
  const words = join(programs, "words.dict");
  writeFileSync(words, dictionary());

  let crashes = 0;
  for (let round = 1; round <= rounds; round += 1) {
    console.log(`\n${"target".padEnd(24)} ${row("executions", "exec/s", "coverage", "new", "crashes")}`);
    const waiting = [...targets];
    const sum = { executions: 0, crashes: 0 };
    const worker = async () => {
      for (let target = waiting.shift(); target; target = waiting.shift()) {
        const result = await fuzz(join(programs, target), target, targetsOf().get(target), seconds, words);
        if (total) appendFileSync(total, `${target}\t${result.executions}\t${result.crashed ? 1 : 0}\n`);
        sum.executions += result.executions;
        sum.crashes += result.crashed ? 1 : 0;
        const rate = Math.round(result.executions / Math.max(result.took, 1));
        console.log(`${target.padEnd(24)} ${row(result.executions, rate, result.coverage, result.added, result.crashed ? 1 : 0)}`);
        if (result.crashed) console.log(`\n${result.output.split("\n").slice(-60).join("\n")}`);
      }
    };
    await Promise.all(Array.from({ length: jobs }, worker));
    console.log(`${"all".padEnd(24)} ${row(sum.executions, "", "", "", sum.crashes)}`);
    crashes += sum.crashes;
  }
  if (crashes > 0) throw new Failure(`${crashes} crashed: the inputs are in crates/*/fuzz/artifacts`);
});

/** Builds all targets and answers where they are. */
async function build() {
  const compiler = await run("c++", ["--version"]);
  if (compiler.code !== 0) throw new Failure("there is no C++ compiler (`c++`), which libFuzzer needs: sudo apt-get install build-essential");
  const { output } = await run("rustc", ["-vV"]);
  const host = /^host: (.+)$/m.exec(output)?.[1];
  if (!host) throw new Failure("rustc does not say what machine it is for");
  const root = process.env.CARGO_TARGET_DIR ? join(process.env.CARGO_TARGET_DIR, "fuzz") : join(CRATES[0], "target");
  // With a target named, what runs during the build is built without instruments.
  const args = ["build", "--release", "--target", host, "--target-dir", root];
  const env = childEnv({ CARGO_ENCODED_RUSTFLAGS: FLAGS.join("\x1f"), RUSTFLAGS: undefined, CARGO_TERM_COLOR: "never" });
  for (const cwd of CRATES) await mustRun("cargo", args, { cwd, env });
  return join(root, host, "release");
}

/** The crate of each target. */
function targetsOf() {
  const found = CRATES.flatMap((crate) => readdirSync(join(crate, "fuzz_targets")).map((file) => [file.replace(/\.rs$/, ""), crate]));
  return new Map(found);
}

async function fuzz(program, target, crate, seconds, words) {
  const corpus = join(crate, "corpus", target);
  const artifacts = join(crate, "artifacts", target);
  writeSeeds(target, corpus);
  mkdirSync(artifacts, { recursive: true });
  const args = [`-max_total_time=${seconds}`, `-max_len=${LONGEST}`, "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1"];
  const started = performance.now();
  const { code, output } = await run(program, [...args, `-dict=${words}`, `-artifact_prefix=${artifacts}/`, corpus]);
  const statistic = (name) => Number(new RegExp(`^stat::${name}: +(\\d+)`, "m").exec(output)?.[1] ?? 0);
  const coverage = [...output.matchAll(/ cov: (\d+)/g)].map(([, count]) => Number(count));
  const start = Number(/INITED cov: (\d+)/.exec(output)?.[1] ?? 0);
  return {
    executions: statistic("number_of_executed_units"),
    coverage: coverage.at(-1) ?? 0,
    added: (coverage.at(-1) ?? start) - start,
    crashed: code !== 0,
    took: (performance.now() - started) / 1000,
    output,
  };
}

function options(words) {
  const all = [...targetsOf().keys()].sort();
  const found = { seconds: 20, jobs: 2, rounds: 1, total: undefined, targets: [] };
  for (const word of words) {
    const [, name, value] = /^--(jobs|rounds|total)=(.+)$/.exec(word) ?? [];
    if (name === "total") found.total = value;
    else if (name) found[name] = Number(value);
    else if (/^\d+$/.test(word)) found.seconds = Number(word);
    else if (all.includes(word)) found.targets.push(word);
    else throw new Failure(`there is no target '${word}': ${all.join(", ")}`);
  }
  const counts = [found.seconds, found.jobs, found.rounds];
  if (!counts.every((count) => Number.isInteger(count) && count > 0)) throw new Failure("seconds, --jobs and --rounds are whole numbers from 1");
  if (found.targets.length === 0) found.targets = all;
  return found;
}

function row(...cells) {
  return cells.map((cell) => String(cell.toLocaleString?.("en") ?? cell).padStart(11)).join(" ");
}
