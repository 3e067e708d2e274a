/** Node, Deno and Bun: each runs the same file. */
import { Failure, run } from "../../../tools/process.mjs";
import { runtimes, versionOf } from "./install.mjs";

const ARGUMENTS = {
  // As strict as it can be: no file beside the modules, no net, no variable of the environment.
  deno: ["run", "--no-prompt", "--no-remote", "--no-lock", "--cached-only", "--node-modules-dir=manual"],
  bun: ["run"],
};

/** Runs a file of the project, and gives what it prints. */
export async function runIn(name, folder, file, { env = process.env } = {}) {
  const program = (await runtimes())[name];
  const { code, output } = await run(program, [...(ARGUMENTS[name] ?? []), file], { cwd: folder, env: { ...env, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" } });
  if (code !== 0) throw new Failure(`${name} ${file} ended with ${code}:\n${output}`);
  return output;
}

/** @param {"node20" | "node22" | "node24" | "deno" | "bun"} name */
export async function judgeInServer(name, folder) {
  const version = await versionOf((await runtimes())[name]);
  return { version, ...JSON.parse(await runIn(name, folder, "server.mjs")) };
}
