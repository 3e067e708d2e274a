/**
 * The two secrets of a Hookgate, made once: for development in .dev.vars, which wrangler reads, and
 * for a first deploy in .dev.deploy-secrets. Both files are outside git and readable by you alone.
 *
 * Not for the secrets of sources and endpoints: those belong to the API, sealed under the master key.
 *
 *   node tools/keys.mjs            .dev.vars, if there is none
 *   node tools/keys.mjs add NAME   adds a fresh NAME to .dev.vars
 *   node tools/keys.mjs deploy     .dev.deploy-secrets, for `wrangler deploy --secrets-file`
 */
import { hkdfSync, randomBytes } from "node:crypto";
import { appendFileSync, chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";

import { path } from "./project.mjs";
import { Failure, isMain, main } from "./process.mjs";

const DEV_VARS = ".dev.vars";
const DEPLOY_SECRETS = ".dev.deploy-secrets";
/** Sealed with the master key, so of no use under another one. */
const SEALED_STATE = ".wrangler/state/v3/do";
const OWNER_ONLY = 0o600;
const MASTER_KEY_BYTES = 32;

const SECRETS = {
  HOOKGATE_MASTER_KEY: () => randomBytes(MASTER_KEY_BYTES).toString("base64"),
  HOOKGATE_ADMIN_TOKEN: () => randomBytes(24).toString("base64url"),
};

/**
 * The development keys, made at the first call.
 *
 * @returns {{masterKey: Buffer, adminToken: string, created: boolean}}
 * @throws {Failure} with the line that fixes it, if .dev.vars lacks one of them.
 */
export function developmentKeys() {
  const created = !existsSync(path(DEV_VARS));
  if (created) createDevVars();
  const vars = parseVars(readFileSync(path(DEV_VARS), "utf8"));
  for (const name of Object.keys(SECRETS)) {
    if (!vars[name]) throw new Failure(`${DEV_VARS} has no ${name}. This line adds one:\n\n  node tools/keys.mjs add ${name}`);
  }
  const masterKey = Buffer.from(vars.HOOKGATE_MASTER_KEY, "base64");
  if (masterKey.length !== MASTER_KEY_BYTES) {
    throw new Failure(
      `HOOKGATE_MASTER_KEY in ${DEV_VARS} is ${masterKey.length} bytes of base64, and must be ${MASTER_KEY_BYTES}.\n` +
        `Remove its line, then:\n\n  node tools/keys.mjs add HOOKGATE_MASTER_KEY`,
    );
  }
  return { masterKey, adminToken: vars.HOOKGATE_ADMIN_TOKEN, created };
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

function createDevVars() {
  if (existsSync(path(SEALED_STATE))) {
    throw new Failure(
      `${DEV_VARS} is gone, but what .wrangler/state holds is sealed with its master key.\n` +
        "Put the file back, or start afresh:\n\n  rm -r .wrangler/state",
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
  const lines = Object.entries(SECRETS).map(([name, generate]) => `${name}=${generate()}`);
  writeFileSync(path(file), `${heading}${[...lines, ...moreLines].join("\n")}\n`, { mode: OWNER_ONLY, flag: "wx" });
}

function addDevVar(name) {
  if (!SECRETS[name]) throw new Failure(`there is no secret '${name}': ${Object.keys(SECRETS).join(" or ")}`);
  const text = existsSync(path(DEV_VARS)) ? readFileSync(path(DEV_VARS), "utf8") : "";
  if (parseVars(text)[name]) throw new Failure(`${DEV_VARS} has a ${name} already`);
  const newline = text === "" || text.endsWith("\n") ? "" : "\n";
  appendFileSync(path(DEV_VARS), `${newline}${name}=${SECRETS[name]()}\n`, { mode: OWNER_ONLY });
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
