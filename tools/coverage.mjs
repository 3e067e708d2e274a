/**
 * `npm run coverage`: how many lines of the verifier its own tests reach.
 *
 * The compiler counts, and the toolchain's own llvm-cov reads the counters, so nothing has to match
 * but what rustup installs together. Lines of tests and of constants
 * (the table itself) do not count. Under 95 % it ends
 * with code 1.
 *
 *   npm run coverage               the figure of each file
 *   npm run coverage -- --lines    and the lines that no test reaches
 */
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join, relative } from "node:path";

import { Failure, main, mustRun, run } from "./process.mjs";
import { childEnv, path, ROOT } from "./project.mjs";

const WANTED = 95;
const SOURCES = path("crates", "verify", "src");
/** Compiled for tests alone; or constants, which the compiler itself works out: no program runs them. */
const UNCOUNTED = /(\/tests?\.rs|\/scheme\/schema\.rs|\/scheme\/build\.rs|\/table\/\w+\.rs)$/;

await main(async () => {
  const target = join(process.env.CARGO_TARGET_DIR ?? path("target"), "coverage");
  const counters = join(target, "counters");
  rmSync(counters, { recursive: true, force: true });
  mkdirSync(counters, { recursive: true });
  const [profdata, cov] = await tools();

  // Unoptimised, big numbers would take minutes.
  const env = childEnv({ RUSTFLAGS: "-C instrument-coverage", CARGO_TARGET_DIR: target, LLVM_PROFILE_FILE: join(counters, "%p-%m.profraw") });
  const args = ["test", "-p", "hookgate", "--tests"];
  await mustRun("cargo", args, { env });
  const programs = await built([...args, "--no-run", "--message-format=json"], env);

  const merged = join(counters, "merged.profdata");
  const raw = readdirSync(counters).map((file) => join(counters, file));
  await mustRun(profdata, ["merge", "--sparse", "-o", merged, ...raw]);
  const objects = programs.flatMap((program, at) => (at === 0 ? [program] : ["--object", program]));
  const output = await mustRun(cov, ["export", `--instr-profile=${merged}`, ...objects, "--sources", SOURCES]);
  // A warning may stand before it: that two programs compiled a function differently.
  report(JSON.parse(output.slice(output.indexOf("{"))).data[0].files.filter(({ filename }) => !UNCOUNTED.test(filename)));
});

/** llvm-profdata and llvm-cov of the toolchain; rustup brings them. */
async function tools() {
  const sysroot = (await mustRun("rustc", ["--print", "sysroot"])).trim();
  const host = /^host: (.+)$/m.exec(await mustRun("rustc", ["-vV"]))?.[1] ?? "";
  const programs = ["llvm-profdata", "llvm-cov"].map((name) => join(sysroot, "lib", "rustlib", host, "bin", name));
  if (!programs.every(existsSync)) await mustRun("rustup", ["component", "add", "llvm-tools"], { show: true });
  return programs;
}

async function built(args, env) {
  const { code, output } = await run("cargo", args, { env });
  if (code !== 0) throw new Failure(output);
  const messages = output.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
  return messages.map(({ executable }) => executable).filter(Boolean);
}

function report(files) {
  const rows = files.map(({ filename, summary, segments }) => ({ name: relative(SOURCES, filename), ...summary.lines, segments }));
  rows.sort((one, other) => one.percent - other.percent);
  console.log(`${"file".padEnd(36)} ${"lines".padStart(7)} ${"missed".padStart(7)} ${"covered".padStart(9)}`);
  const show = (name, count, covered) =>
    console.log(`${name.padEnd(36)} ${String(count).padStart(7)} ${String(count - covered).padStart(7)} ${((100 * covered) / count).toFixed(2).padStart(8)}%`);
  for (const row of rows) {
    show(row.name, row.count, row.covered);
    if (process.argv.includes("--lines") && row.covered < row.count) console.log(`  ${missed(row.segments).join(", ")}`);
  }
  const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
  show("all", sum("count"), sum("covered"));
  const percent = (100 * sum("covered")) / sum("count");
  if (percent < WANTED) throw new Failure(`${percent.toFixed(2)} % of the lines of ${relative(ROOT, SOURCES)} are covered: ${WANTED} % are wanted`);
}

/** Where regions without a count begin and end: `[line, column, count, hasCount, isEntry, isGap]`. */
function missed(segments) {
  return segments.flatMap(([line, , count, hasCount, , isGap], at) => {
    if (!hasCount || count > 0 || isGap) return [];
    const end = segments[at + 1]?.[0] ?? line;
    return [end === line ? `${line}` : `${line}-${end}`];
  });
}
