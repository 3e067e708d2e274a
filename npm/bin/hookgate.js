#!/usr/bin/env node
/**
 * The command line: `npx hookgate send | sign | verify | explain | schemes`.
 *
 * Exit status: 0 valid or sent, 1 invalid or refused, 2 wrong use. With `--json` it prints one JSON
 * document, and nothing else, on standard output.
 */
import { readFileSync } from "node:fs";

import { COMMANDS } from "../src/cli/commands.js";
import { Misuse } from "../src/cli/arguments.js";

const USAGE = `hookgate <command> [options]

  send     sign an event and post it
             --url <address>  --repeat <n>  --rate <a second>
  sign     print the signed request
             --url <address>
  verify   whether a raw HTTP request is genuine: from a file, or standard input; curl's -v output too
  explain  why it is not
  schemes  what can be verified

options
  --scheme <name | file.json>   how the provider signs; see \`hookgate schemes\`
  --secret <secret>             as the provider shows it; several times while it rotates.
                                Better in the environment, as HOOKGATE_SECRET: others on this machine see arguments
  --data <text | @file | @->    the body, for send and sign
  --id <id>  --type <type>      of the event, for send and sign
  --header 'name: value'        beside the signed ones, for send; several times
  --content-type <type>         application/json if it is not given
  --url <address>               where to, and what the provider signs as its URL
  --method <method>             of a request that was signed by another than POST
  --tolerance <seconds>         in place of the scheme's own
  --now <unix seconds>          in place of the clock's
  --option <name=value>         of schemes that leave a choice: header, algorithm, encoding, prefix, user
  --json                        for scripts
  --help                        behind any command; --version alone

  hookgate send --scheme stripe --secret whsec_… --url http://localhost:3000/in --data @event.json
  hookgate verify --scheme github --secret … request.http
`;

const [name, ...args] = process.argv.slice(2);
// Neither can be the value of an option: what starts with a dash must be joined to its name by a `=`.
const asksHelp = name === "help" || [name, ...args].some((each) => each === "--help" || each === "-h");
try {
  if (name === undefined || asksHelp) {
    (asksHelp ? process.stdout : process.stderr).write(USAGE);
    process.exitCode = asksHelp ? 0 : 2;
  } else if (name === "--version") {
    const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
    process.stdout.write(`${version}\n`);
  } else if (!Object.hasOwn(COMMANDS, name)) {
    throw new Misuse(`there is no command '${name}': ${Object.keys(COMMANDS).join(", ")}`);
  } else {
    process.exitCode = await COMMANDS[name](args);
  }
} catch (error) {
  // What was typed wrongly has no stack worth reading.
  const wrongUse = error instanceof Misuse || error instanceof TypeError || error.stage === "setup" || error.stage === "sign";
  if (!wrongUse) throw error;
  process.stderr.write(`hookgate: ${error.message}\n`);
  process.exitCode = 2;
}
