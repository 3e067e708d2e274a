/**
 * Installs what the tests of the npm package run it in and judge it with: Node 20, 22 and 24, Deno,
 * Bun and Chromium, the TypeScript compiler, publint and attw. They are a gigabyte, which
 * `npm start` has no use for: so they have a lock file of their own, and stand in the tools' cache,
 * shared by all clones. Everything comes from npm, without root, and no install script runs.
 *
 * Where npm has no build of a runtime for a machine, a variable names it (`OVERRIDES`).
 *
 *   node tests/npm/runtimes/install.mjs
 */
import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, createReadStream, createWriteStream, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";

import { Failure, isMain, main, mustRun, run, seconds } from "../../../tools/process.mjs";
import { path, TOOL_CACHE } from "../../../tools/project.mjs";

const HERE = path("tests", "npm", "runtimes");
const LIBC = process.platform === "linux" ? "-glibc" : "";
const MACHINE = `${process.platform}-${process.arch}`;

/** A path in one of these is used in place of npm's build. */
export const OVERRIDES = {
  node20: "HOOKGATE_NODE20",
  node22: "HOOKGATE_NODE22",
  node24: "HOOKGATE_NODE24",
  deno: "HOOKGATE_DENO",
  bun: "HOOKGATE_BUN",
  chromium: "HOOKGATE_CHROMIUM",
};

/** @returns {Promise<string>} the directory whose `node_modules` has what the lock file says */
export async function installed() {
  const lock = readFileSync(join(HERE, "package-lock.json"));
  const digest = createHash("sha256").update(readFileSync(join(HERE, "package.json"))).update(lock).digest("hex").slice(0, 12);
  const place = join(TOOL_CACHE, `npm-runtimes-${digest}`);
  if (existsSync(place)) return place;

  const started = performance.now();
  mkdirSync(TOOL_CACHE, { recursive: true });
  const building = mkdtempSync(`${place}-`);
  try {
    for (const file of ["package.json", "package-lock.json"]) copyFileSync(join(HERE, file), join(building, file));
    await mustRun("npm", ["ci", "--ignore-scripts", "--loglevel=error", "--no-audit", "--no-fund"], { cwd: building });
    await unpackChromium(building);
    // Whole or not at all.
    renameSync(building, place);
  } catch (error) {
    // Unless another run was first.
    if (!existsSync(place)) throw error;
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
  console.log(`  runtimes             installed in ${place}  ${seconds(performance.now() - started)}`);
  return place;
}

/** @returns {Promise<Record<keyof typeof OVERRIDES, string>>} the program of each runtime */
export async function runtimes() {
  const modules = join(await installed(), "node_modules");
  const exe = process.platform === "win32" ? ".exe" : "";
  const programs = {
    node20: join(modules, `node20-${MACHINE}`, "bin", "node"),
    node22: join(modules, `node22-${MACHINE}`, "bin", "node"),
    node24: join(modules, `node24-${MACHINE}`, "bin", "node"),
    deno: join(modules, "@deno", `${MACHINE}${LIBC}`, `deno${exe}`),
    bun: join(modules, "@oven", `bun-${MACHINE.replace("arm64", "aarch64").replace("win32", "windows")}`, "bin", `bun${exe}`),
    chromium: join(modules, "@sparticuz", "chromium", "bin", "chromium"),
  };
  for (const [name, variable] of Object.entries(OVERRIDES)) {
    if (process.env[variable]) programs[name] = process.env[variable];
    if (!existsSync(programs[name])) throw new Failure(`npm has no ${name} for ${MACHINE}: install it, and name its program in ${variable}`);
  }
  return programs;
}

/** A program of the packages, as `tsc`: its file. */
export async function program(name, file) {
  return join(await installed(), "node_modules", name, file);
}

/** That build is made for machines that have nothing: browser and libraries are compressed, and both are unpacked here. */
async function unpackChromium(directory) {
  if (MACHINE !== "linux-x64") return;
  const bin = join(directory, "node_modules", "@sparticuz", "chromium", "bin");
  for (const [file, name] of [["chromium.br", "chromium"], ["al2023.tar.br", "libraries.tar"]]) {
    await pipeline(createReadStream(join(bin, file)), createBrotliDecompress(), createWriteStream(join(bin, name)));
    rmSync(join(bin, file));
  }
  chmodSync(join(bin, "chromium"), 0o755);
  await mustRun("tar", ["-xf", join(bin, "libraries.tar"), "-C", bin]);
}

/** Chromium finds the libraries that stand beside it; where the machine has its own, no other is loaded in their place. */
export function chromiumEnv(chromium) {
  const libraries = join(dirname(chromium), "lib");
  return existsSync(libraries) ? { ...process.env, LD_LIBRARY_PATH: libraries } : process.env;
}

/** @returns {Promise<string>} as in `22.23.3` */
export async function versionOf(program, env) {
  const { output } = await run(program, ["--version"], { env });
  return /\d+(\.\d+)+/.exec(output)?.[0] ?? "unknown";
}

if (isMain(import.meta)) await main(async () => console.log(await installed()));
