/** What was typed, as the functions of the package take it. */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

/** Wrong use: told in one line, and ends with 2. */
export class Misuse extends Error {}

const SLOWEST = 0.001;
const FASTEST = 10_000;

const OPTIONS = {
  scheme: { type: "string" },
  secret: { type: "string", multiple: true },
  data: { type: "string" },
  id: { type: "string" },
  type: { type: "string" },
  header: { type: "string", multiple: true, default: [] },
  "content-type": { type: "string", default: "application/json" },
  url: { type: "string" },
  method: { type: "string" },
  tolerance: { type: "string" },
  now: { type: "string" },
  option: { type: "string", multiple: true, default: [] },
  repeat: { type: "string", default: "1" },
  rate: { type: "string" },
  json: { type: "boolean", default: false },
};

/** @param {string[]} allowed the options of the command */
export function read(args, allowed) {
  const options = Object.fromEntries([...allowed, "json"].map((name) => [name, OPTIONS[name]]));
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new Misuse(error.message);
  }
}

/** The endpoint that the options describe. */
export function setup({ scheme, secret, tolerance, option }) {
  if (!scheme) throw new Misuse("which scheme? Name one with --scheme; `hookgate schemes` lists them");
  const secrets = secret ?? (process.env.HOOKGATE_SECRET ? [process.env.HOOKGATE_SECRET] : undefined);
  if (!secrets) throw new Misuse("which secret? Give it in the environment as HOOKGATE_SECRET, or with --secret");
  return {
    scheme: scheme.endsWith(".json") ? described(scheme) : scheme,
    secret: secrets,
    toleranceSecs: tolerance === undefined ? undefined : whole("tolerance", tolerance, 0),
    options: Object.fromEntries((option ?? []).map(choice)),
  };
}

/** The text of `--data`: what is written there, a file's after `@`, standard input's after `@-`. */
export function data(text) {
  if (text === undefined) throw new Misuse("which body? Give it with --data, as text, as @file or as @- for standard input");
  if (!text.startsWith("@")) return text;
  return contents(text.slice(1));
}

/** A file's bytes; standard input's for `-`, or without a name. */
export function contents(name = "-") {
  if (name === "-" && process.stdin.isTTY) process.stderr.write("hookgate: reading standard input, until its end (Ctrl-D)\n");
  try {
    return readFileSync(name === "-" ? 0 : name);
  } catch (error) {
    throw new Misuse(`${name === "-" ? "standard input" : name} cannot be read: ${error.code ?? error.message}`);
  }
}

export function whole(name, text, least) {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < least || !Number.isSafeInteger(number)) throw new Misuse(`--${name} takes a whole number from ${least}, not '${text}'`);
  return number;
}

/** Requests a second. A timer waits 24 days at most, and a machine sends so many at most. */
export function rate(text) {
  if (text === undefined) return Infinity;
  const number = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || number < SLOWEST || number > FASTEST) throw new Misuse(`--rate takes a number of requests a second from ${SLOWEST} to ${FASTEST}, not '${text}'`);
  return number;
}

export function now(text) {
  return text === undefined ? undefined : whole("now", text, 0);
}

export function header(line) {
  const colon = line.indexOf(":");
  if (colon < 1) throw new Misuse(`--header takes 'name: value', not '${line}'`);
  return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
}

export function address(text) {
  if (text === undefined) throw new Misuse("where to? Give the address with --url");
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) throw new Misuse(`--url takes an address with http or https, not '${text}'`);
  return text;
}

function choice(text) {
  const equals = text.indexOf("=");
  if (equals < 1) throw new Misuse(`--option takes name=value, not '${text}'`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}

function described(file) {
  try {
    return JSON.parse(contents(file).toString());
  } catch (error) {
    if (error instanceof Misuse) throw error;
    throw new Misuse(`${file} is no JSON: ${error.message}`);
  }
}
