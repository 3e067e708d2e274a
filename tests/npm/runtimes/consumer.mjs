/** An empty project with the packed package installed, as a stranger has it after `npm install hookgate`. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { mustRun } from "../../../tools/process.mjs";
import { path } from "../../../tools/project.mjs";

/** The archive that `npm run build:npm` wrote. */
export function archive() {
  const { version } = JSON.parse(readFileSync(path("npm", "package.json"), "utf8"));
  return path("dist", "npm", `hookgate-${version}.tgz`);
}

/** @returns {Promise<{folder: string, remove: () => void}>} */
export async function emptyProject() {
  const folder = mkdtempSync(join(tmpdir(), "hookgate-consumer-"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }));
  // Offline: the package has no dependencies.
  await mustRun("npm", ["install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", archive()], { cwd: folder });
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The same with the suite and what runs it; the vectors as modules, so that nobody has to read a file. */
export async function suiteProject() {
  const project = await emptyProject();
  cpSync(path("tests", "npm", "runtimes", "project"), project.folder, { recursive: true });
  for (const file of ["suite.mjs", "answers.mjs"]) cpSync(path("tests", "npm", file), join(project.folder, file));
  const names = { vectors: "vectors", asymmetric: "vectors-asymmetric", signed: "signed" };
  const lines = Object.entries(names).map(([name, file]) => {
    const text = readFileSync(path("crates", "verify", "tests", `${file}.jsonl`), "utf8");
    return `export const ${name} = ${JSON.stringify(text)};\n`;
  });
  writeFileSync(join(project.folder, "vectors.mjs"), lines.join(""));
  return project;
}
