/** The commands but `send`: each takes what was typed behind it, and gives the exit status. */
import { explain, schemes, sign, verify, Verifier, WebhookVerificationError } from "../entry/inline.js";
import { contents, data, Misuse, now, read, setup } from "./arguments.js";
import { parse } from "./request.js";
import { send } from "./send.js";

export const COMMANDS = { send, sign: signed, verify: verified, explain: explained, schemes: listed };

function signed(args) {
  const { values } = read(args, ["scheme", "secret", "data", "id", "type", "content-type", "url", "method", "now", "option"]);
  const { id = `msg_${Date.now().toString(36)}`, type, url, method, "content-type": contentType } = values;
  const made = sign({ ...setup(values), id, type, body: data(values.data), url, method, contentType, now: now(values.now) });
  const body = new TextDecoder().decode(made.body);
  if (values.json) {
    console.log(JSON.stringify({ url: made.url || undefined, headers: made.headers, body }, null, 2));
  } else {
    // As `verify` reads it.
    const target = made.url ? new URL(made.url) : { pathname: "/", search: "", host: "" };
    const host = target.host ? [`Host: ${target.host}`] : [];
    const headers = Object.entries({ "Content-Type": contentType, ...made.headers, "Content-Length": `${made.body.length}` });
    process.stdout.write(`${[`${method ?? "POST"} ${target.pathname}${target.search} HTTP/1.1`, ...host, ...headers.map((pair) => pair.join(": "))].join("\r\n")}\r\n\r\n`);
    process.stdout.write(made.body);
  }
  return 0;
}

const JUDGING = ["scheme", "secret", "data", "url", "method", "tolerance", "now", "option"];

function verified(args) {
  const { values, request } = judged(args);
  try {
    const event = verify(request);
    if (values.json) console.log(JSON.stringify({ valid: true, ...event.toJSON() }, null, 2));
    else console.log(["valid", ...facts(event)].join("\n"));
    return 0;
  } catch (error) {
    if (!(error instanceof WebhookVerificationError) || error.stage === "setup") throw error;
    const { code, stage, status, data, message } = error;
    if (values.json) console.log(JSON.stringify({ valid: false, code, stage, status, data, message }, null, 2));
    else console.log(`invalid: ${code}\n  ${message}\n  \`hookgate explain\` with the same arguments looks for the cause.`);
    return 1;
  }
}

function explained(args) {
  const { values, request } = judged(args);
  const found = explain(request);
  if (values.json) console.log(JSON.stringify(found, null, 2));
  else process.stdout.write(found.report);
  if (!found.refusal) return 0;
  return isSetUp(request) ? 1 : 2;
}

/** Whether the refusal is the request's: a secret of the wrong form refuses them all. */
function isSetUp(endpoint) {
  try {
    new Verifier(endpoint);
    return true;
  } catch (error) {
    if (error instanceof WebhookVerificationError && error.stage === "setup") return false;
    throw error;
  }
}

/** The request of a file or of standard input, with what was typed in place of what it says. */
function judged(args) {
  const { values, positionals } = read(args, JUDGING);
  if (positionals.length > 1) throw new Misuse(`one request at a time, not ${positionals.length}`);
  if ((positionals[0] ?? "-") === "-" && values.data === "@-") throw new Misuse("the request and --data @- cannot both be read from standard input: name a file for one of them");
  const endpoint = setup(values);
  const { method, url, headers, body } = parse(contents(positionals[0]));
  const given = values.data === undefined ? body : data(values.data);
  if (given === undefined) throw new Misuse("curl's -v output holds no body: give it with --data, as text or as @file");
  return { values, request: { ...endpoint, method: values.method ?? method, url: values.url ?? url, headers, body: given, now: now(values.now) } };
}

function facts({ scheme, id, type, timestamp, keyIndex, replayProtected, idSigned, events }) {
  const lines = { scheme, id: id && `${id}${idSigned ? "" : " (not signed)"}`, type, timestamp: timestamp && `${timestamp}, ${new Date(timestamp * 1000).toISOString()}`, secret: `number ${keyIndex + 1}`, replay: replayProtected ? "protected: the timestamp is signed" : "not protected: keep the ids that were seen", events: events.length || undefined };
  return Object.entries(lines).filter(([, value]) => value !== undefined).map(([name, value]) => `  ${name.padEnd(9)}  ${value}`);
}

function listed(args) {
  const { values } = read(args, []);
  const all = schemes();
  if (values.json) {
    console.log(JSON.stringify(all, null, 2));
    return 0;
  }
  const widest = Math.max(...all.map(({ name }) => name.length));
  const titles = Math.max(...all.map(({ title }) => title.length));
  for (const { name, title, signsContent, signsTimestamp, signsUrl, hasPublicKeys } of all) {
    const kind = signsContent ? (hasPublicKeys ? "public key" : "secret") : "token alone";
    const more = [signsTimestamp && "timestamp", signsUrl && "needs --url"].filter(Boolean).join(", ");
    console.log(`${name.padEnd(widest)}  ${title.padEnd(titles)}  ${kind.padEnd(11)}  ${more}`.trimEnd());
  }
  return 0;
}
