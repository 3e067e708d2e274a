/**
 * The two secrets of a Hookgate, made once: for development in .dev.vars, which wrangler reads, and
 * for a first deploy in .dev.deploy-secrets. Both files are outside git and readable by you alone.
 *
 * Not for the secrets of sources and endpoints: those belong to the API, sealed under the master key.
 *
 *   node tools/keys.mjs            .dev.vars, if there is none
 *   node tools/keys.mjs add NAME   a fresh NAME in .dev.vars, where there is none that fits
 *   node tools/keys.mjs deploy     .dev.deploy-secrets, for `wrangler deploy --secrets-file`
 */
import { hkdfSync, randomBytes } from "node:crypto";
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";

import { path } from "./project.mjs";
import { Failure, isMain, main } from "./process.mjs";

const DEV_VARS = ".dev.vars";
const DEPLOY_SECRETS = ".dev.deploy-secrets";
const OWNER_ONLY = 0o600;
const MASTER_KEY_BYTES = 32;
/** The Worker refuses shorter ones (src/config.rs). */
const SHORTEST_TOKEN = 16;

/** How each is made, and what is wrong with a value of it, if anything is. */
const SECRETS = {
  HOOKGATE_MASTER_KEY: {
    fresh: () => randomBytes(MASTER_KEY_BYTES).toString("base64"),
    flaw: (value) => {
      const bytes = Buffer.from(value, "base64");
      if (bytes.toString("base64") !== value) return "is not base64";
      return bytes.length === MASTER_KEY_BYTES ? undefined : `is ${bytes.length} bytes of base64, and must be ${MASTER_KEY_BYTES}`;
    },
  },
  HOOKGATE_ADMIN_TOKEN: {
    fresh: () => randomBytes(24).toString("base64url"),
    flaw: (value) =>
      Buffer.byteLength(value) < SHORTEST_TOKEN ? `has ${value.length} characters, and must have ${SHORTEST_TOKEN} or more` : undefined,
  },
};

/**
 * The development keys, made at the first call.
 *
 * @returns {{masterKey: Buffer, adminToken: string, created: boolean}}
 * @throws {Failure} with the lines that fix it, if .dev.vars lacks one of them, or has one that the
 *   Worker would refuse.
 */
export function developmentKeys() {
  const created = !existsSync(path(DEV_VARS));
  if (created) createDevVars();
  const vars = parseVars(readFileSync(path(DEV_VARS), "utf8"));
  for (const name of Object.keys(SECRETS)) {
    const problem = flawOf(name, vars);
    if (!problem) continue;
    mustSealNothing(name, problem);
    throw new Failure(`${problem}. This line makes one:\n\n  node tools/keys.mjs add ${name}`);
  }
  return { masterKey: Buffer.from(vars.HOOKGATE_MASTER_KEY, "base64"), adminToken: vars.HOOKGATE_ADMIN_TOKEN, created };
}

/**
 * The secret of a demo source or endpoint, in the form that its vendor hands out.
 *
 * Derived from the master key, so that `npm start` and `npm run send` agree without a second file
 * that could go missing.
 */
export function demoSecret(masterKey, name) {
  const bytes = Buffer.from(hkdfSync("sha256", masterKey, "", `hookgate demo ${name}`, 32));
  if (name === "stripe") return `whsec_${bytes.toString("hex")}`;
  const standardWebhooks = ["standard", "svix", "visiwise", "endpoint"].includes(name);
  return standardWebhooks ? `whsec_${bytes.toString("base64")}` : bytes.toString("hex");
}

/** `NAME=value` lines, as wrangler reads them: quotes around a value do not belong to it. */
export function parseVars(text) {
  const assignments = text.matchAll(/^\s*(?:export\s+)?([A-Z][A-Z0-9_]*)\s*=\s*(.*?)\s*$/gm);
  return Object.fromEntries([...assignments].map(([, name, value]) => [name, value.replace(/^(["'])(.*)\1$/, "$2")]));
}

/** In words, what is wrong with a secret of .dev.vars; `undefined` where nothing is. */
function flawOf(name, vars) {
  if (!vars[name]) return `${DEV_VARS} has no ${name}`;
  const flaw = SECRETS[name].flaw(vars[name]);
  return flaw && `${name} in ${DEV_VARS} ${flaw}`;
}

/** The storages of `npm start`, one for each port that was used, that hold what a master key has sealed. */
function sealedStates() {
  if (!existsSync(path(".wrangler"))) return [];
  const names = readdirSync(path(".wrangler")).filter((name) => /^state(-\d+)?$/.test(name));
  return names.filter((name) => existsSync(path(".wrangler", name, "v3", "do"))).sort().map((name) => `.wrangler/${name}`);
}

/** Under a new master key, nothing that was stored under the old one can be opened. */
function mustSealNothing(name, problem) {
  const states = name === "HOOKGATE_MASTER_KEY" ? sealedStates() : [];
  if (states.length === 0) return;
  throw new Failure(
    `${problem}, and what ${states.join(" and ")} ${states.length > 1 ? "hold" : "holds"} can be opened with the old key alone.\n` +
      `Put it back into ${DEV_VARS}, or start afresh:\n\n  rm -r ${states.join(" ")}\n  node tools/keys.mjs add ${name}`,
  );
}

function createDevVars() {
  const states = sealedStates();
  if (states.length > 0) {
    throw new Failure(
      `${DEV_VARS} is gone, and what ${states.join(" and ")} ${states.length > 1 ? "hold" : "holds"} can be opened with its master key alone.\n` +
        `Put the file back, or start afresh:\n\n  rm -r ${states.join(" ")}`,
    );
  }
  writeSecrets(DEV_VARS, "# Made by `npm start`: this machine's development keys. Not for a deploy, not for git.\n", [
    "# The demo receiver is plain HTTP on a loopback address.",
    "HOOKGATE_ALLOW_PRIVATE_ENDPOINTS=true",
  ]);
}

function createDeploySecrets() {
  if (existsSync(path(DEPLOY_SECRETS))) throw new Failure(`${DEPLOY_SECRETS} exists already: it may be the only copy of a key in use`);
  writeSecrets(DEPLOY_SECRETS, "", []);
  console.log(
    `${DEPLOY_SECRETS} is written. The first deploy takes both secrets along:\n\n` +
      `  npx wrangler deploy --secrets-file ${DEPLOY_SECRETS}\n\n` +
      "Then keep the file where you keep secrets: without the master key, stored secrets cannot be read.",
  );
}

function writeSecrets(file, heading, moreLines) {
  const lines = Object.entries(SECRETS).map(([name, { fresh }]) => `${name}=${fresh()}`);
  writeFileSync(path(file), `${heading}${[...lines, ...moreLines].join("\n")}\n`, { mode: OWNER_ONLY, flag: "wx" });
}

function addDevVar(name) {
  if (!Object.hasOwn(SECRETS, name ?? "")) throw new Failure(`there is no secret '${name}': ${Object.keys(SECRETS).join(" or ")}`);
  const text = existsSync(path(DEV_VARS)) ? readFileSync(path(DEV_VARS), "utf8") : "";
  const problem = flawOf(name, parseVars(text));
  if (!problem) throw new Failure(`${DEV_VARS} has a ${name} already`);
  mustSealNothing(name, problem);
  // The last one would count, for wrangler too, but two would confuse the reader.
  const others = text.split("\n").filter((line) => line !== "" && !Object.hasOwn(parseVars(line), name));
  writeFileSync(path(DEV_VARS), [...others, `${name}=${SECRETS[name].fresh()}`, ""].join("\n"), { mode: OWNER_ONLY });
  chmodSync(path(DEV_VARS), OWNER_ONLY);
  console.log(`${name} is added to ${DEV_VARS}`);
}

if (isMain(import.meta)) {
  const [command, name] = process.argv.slice(2);
  await main(() => {
    if (command === undefined) console.log(developmentKeys().created ? `${DEV_VARS} is written` : `${DEV_VARS} is complete`);
    else if (command === "add") addDevVar(name);
    else if (command === "deploy") createDeploySecrets();
    else throw new Failure(`there is no '${command}' here: nothing, 'add NAME' or 'deploy'`);
  });
}
