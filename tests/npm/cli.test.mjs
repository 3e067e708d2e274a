/** The command line, as a process of its own. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { PACKAGE } from "../../tools/npm.mjs";
import { hookgate, NOW, SECRET } from "./kit.mjs";

const BODY = '{"type":"invoice.paid"}';
const directory = mkdtempSync(join(tmpdir(), "hookgate-cli-"));
const received = [];
const server = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    received.push({ at: performance.now(), headers: request.headers, body: Buffer.concat(chunks) });
    response.writeHead(request.url === "/refuses" ? 401 : 200).end("seen");
  });
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const origin = `http://127.0.0.1:${server.address().port}`;
after(() => server.close());

/** Where nobody listens any more. */
async function closedPort() {
  const other = createServer();
  await new Promise((listening) => other.listen(0, "127.0.0.1", listening));
  const { port } = other.address();
  await new Promise((closed) => other.close(closed));
  return port;
}

/** Runs a program with a terminal of its own as all three of its streams, and ends as it does. */
const TERMINAL = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";

/** @param {{terminal?: boolean}} [options] `terminal`: what it prints is all in `out`, as a terminal has it */
function run(args, { input = "", env = {}, terminal = false } = {}) {
  return new Promise((resolve) => {
    const around = terminal ? ["python3", "-c", TERMINAL] : [];
    const [program, ...rest] = [...around, process.execPath, join(PACKAGE, "bin", "hookgate.js"), ...args];
    const child = spawn(program, rest, { env: { ...process.env, HOOKGATE_SECRET: SECRET, ...env } });
    let [out, err] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (err += text));
    child.on("close", (code) => resolve({ code, out, err }));
    child.stdin.end(input);
  });
}

function signedRequest(changes = {}) {
  const tag = createHmac("sha256", Buffer.from(SECRET.slice(6), "base64")).update(`msg_1.${NOW}.${BODY}`).digest("base64");
  const headers = { Host: "example.com", "webhook-id": "msg_1", "webhook-timestamp": `${NOW}`, "webhook-signature": `v1,${tag}`, "Content-Length": `${BODY.length}`, ...changes };
  return Object.entries(headers).map((pair) => pair.join(": "));
}

const raw = (lines, body = BODY) => `${["POST /in HTTP/1.1", ...lines].join("\r\n")}\r\n\r\n${body}`;
const judging = ["--scheme", "standard", "--now", `${NOW}`];

test("verify reads a request from standard input and from a file, and ends with 0", async () => {
  const { code, out } = await run(["verify", ...judging], { input: raw(signedRequest()) });
  assert.equal(code, 0, out);
  assert.match(out, /^valid\n[^]*invoice\.paid/);
  const file = join(directory, "request.http");
  // An editor's line ends, and one at the end that was not sent.
  writeFileSync(file, `${raw(signedRequest()).replaceAll("\r\n", "\n")}\n`);
  const json = await run(["verify", ...judging, "--json", file]);
  assert.deepEqual(JSON.parse(json.out), { valid: true, scheme: "standard", id: "msg_1", type: "invoice.paid", timestamp: NOW, keyIndex: 0, replayProtected: true, idSigned: true, events: [] });
  assert.equal(json.code, 0);
});

test("verify reads what curl -v prints, with the body beside it", async () => {
  const curl = ["*   Trying 127.0.0.1:80...", "* Connected to example.com", "> POST /in HTTP/1.1", ...signedRequest().map((line) => `> ${line}`), "> ", "} [23 bytes data]", "< HTTP/1.1 200 OK", "< ", "{}"].join("\n");
  const { code, out } = await run(["verify", ...judging, "--data", BODY], { input: curl });
  assert.equal(code, 0, out);
  const without = await run(["verify", ...judging], { input: curl });
  assert.equal(without.code, 2);
  assert.match(without.err, /--data/);
});

test("a refused request ends with 1, and explain names the cause", async () => {
  const input = raw(signedRequest({ "Content-Length": "24" }), `${BODY} `);
  const { code, out } = await run(["verify", ...judging, "--json"], { input });
  assert.equal(code, 1);
  assert.deepEqual([JSON.parse(out).valid, JSON.parse(out).code, JSON.parse(out).status], [false, "signature_mismatch", 401]);
  const explained = await run(["explain", ...judging], { input });
  assert.equal(explained.code, 1);
  assert.match(explained.out, /refused, signature_mismatch/);
  assert.equal((await run(["explain", ...judging], { input: raw(signedRequest()) })).code, 0);
});

test("explain as JSON is what the function gives", async () => {
  for (const [text, status] of [[BODY, 0], [`${BODY} `, 1]]) {
    const lines = signedRequest({ "Content-Length": `${text.length}` });
    const { code, out } = await run(["explain", ...judging, "--json"], { input: raw(lines, text) });
    assert.equal(code, status, out);
    const headers = lines.map((line) => line.split(": "));
    const expected = hookgate.explain({ scheme: "standard", secret: SECRET, now: NOW, method: "POST", url: "https://example.com/in", headers, body: text });
    assert.deepEqual(JSON.parse(out), JSON.parse(JSON.stringify(expected)));
    assert.equal(expected.refusal, status === 0 ? undefined : "signature_mismatch");
  }
});

test("explain ends with 2 where the set-up is wrong, and still tells what is", async () => {
  const input = raw(signedRequest());
  const { code, out } = await run(["explain", ...judging], { input, env: { HOOKGATE_SECRET: "whsec_!" } });
  assert.match(out, /malformed_secret/);
  assert.equal(code, 2);
  assert.equal((await run(["explain", "--scheme", "none"], { input })).code, 2);
});

test("what sign prints, verify accepts", async () => {
  const signed = await run(["sign", "--scheme", "stripe", "--data", BODY, "--url", "https://example.com/in?a=1"]);
  assert.equal(signed.code, 0, signed.err);
  const { code, out } = await run(["verify", "--scheme", "stripe"], { input: signed.out });
  assert.equal(code, 0, out);
  const json = JSON.parse((await run(["sign", "--scheme", "github", "--data", "@-", "--json"], { input: BODY })).out);
  assert.equal(hookgate.verify({ scheme: "github", secret: SECRET, headers: json.headers, body: json.body }).scheme, "github");
});

test("send posts what verifies, prints both sides, and ends with 1 if it is refused", async () => {
  const file = join(directory, "event.json");
  writeFileSync(file, BODY);
  const { code, out } = await run(["send", "--scheme", "standard", "--url", `${origin}/in`, "--data", `@${file}`, "--id", "msg_9", "--header", "x-more: 1"]);
  assert.equal(code, 0, out);
  assert.match(out, /> webhook-signature: v1,[^]*< 200/);
  const { headers, body } = received.at(-1);
  assert.equal(hookgate.verify({ scheme: "standard", secret: SECRET, headers, body }).id, "msg_9");
  assert.equal(headers["x-more"], "1");
  assert.equal((await run(["send", "--scheme", "standard", "--url", `${origin}/refuses`, "--data", BODY])).code, 1);
  const away = await run(["send", "--scheme", "standard", "--url", `http://127.0.0.1:${await closedPort()}/`, "--data", BODY, "--json"]);
  assert.equal(away.code, 1);
  assert.equal(JSON.parse(away.out).failure, "ECONNREFUSED");
});

test("send shows no secret, neither as text nor as JSON, and sends it", async () => {
  const cases = [
    { scheme: "gitlab", secret: SECRET, header: "x-gitlab-token", sent: SECRET, shown: "[redacted]" },
    { scheme: "telegram", secret: "a-token-of-some-length", header: "x-telegram-bot-api-secret-token", sent: "a-token-of-some-length", shown: "[redacted]" },
    { scheme: "token", secret: SECRET, header: "authorization", sent: `Bearer ${SECRET}`, shown: "Bearer [redacted]" },
    { scheme: "basic", secret: "user:password", header: "authorization", sent: `Basic ${btoa("user:password")}`, shown: "Basic [redacted]" },
  ];
  for (const { scheme, secret, header, sent, shown } of cases) {
    const args = ["send", "--scheme", scheme, "--url", `${origin}/in`, "--data", BODY, "--header", "proxy-authorization: Basic YTpi", "--header", `x-copy: ${secret}`];
    for (const more of [[], ["--json"]]) {
      const { code, out } = await run([...args, ...more], { env: { HOOKGATE_SECRET: secret } });
      assert.equal(code, 0, out);
      assert.equal(received.at(-1).headers[header], sent, scheme);
      for (const hidden of [secret, btoa(secret), "YTpi"]) assert.ok(!out.includes(hidden), `${scheme}: ${out}`);
      assert.ok(out.includes(shown), out);
    }
  }
});

test("send repeats, each event under an id of its own", async () => {
  received.length = 0;
  const { code, out } = await run(["send", "--scheme", "standard", "--url", `${origin}/in`, "--data", BODY, "--repeat", "20", "--rate", "500", "--json"]);
  assert.equal(code, 0, out);
  assert.deepEqual(JSON.parse(out).outcomes, [{ outcome: "200", ok: true, count: 20 }]);
  assert.equal(new Set(received.map(({ headers }) => headers["webhook-id"])).size, 20);
});

test("send keeps to its rate: by the receiver's clock and by its own it is no faster", async () => {
  received.length = 0;
  const started = performance.now();
  const { code, out } = await run(["send", "--scheme", "standard", "--url", `${origin}/in`, "--data", BODY, "--repeat", "5", "--rate", "5", "--json"]);
  assert.equal(code, 0, out);
  assert.equal(received.length, 5);
  // Four pauses of 200 ms; a timer may ring a millisecond early. A slow machine makes it more, never less.
  assert.ok(received.at(-1).at - started >= 780, `the last came after ${received.at(-1).at - started} ms`);
  assert.ok(JSON.parse(out).seconds >= 0.78, out);
});

test("send draws its progress on a terminal, and neither in a file nor beside JSON", async () => {
  const args = ["send", "--scheme", "standard", "--url", `${origin}/in`, "--data", BODY, "--repeat", "4"];
  const { code, out } = await run(args, { terminal: true });
  assert.equal(code, 0, out);
  const drawn = [...out.matchAll(/\r(█*)(░*) (\d+)\/4/g)].map(([, full, empty, done]) => [full.length, empty.length, Number(done)]);
  assert.deepEqual(drawn, [[8, 22, 1], [15, 15, 2], [23, 7, 3], [30, 0, 4]]);
  assert.match(out, /4\/4\r\n4 sent in /);
  const json = await run([...args, "--json"], { terminal: true });
  assert.equal(JSON.parse(json.out).sent, 4);
  assert.equal((await run(args)).err, "");
});

test("a request whose length is told wrongly is no request, and one in chunks neither", async () => {
  for (const changes of [{ "Content-Length": "-5" }, { "Content-Length": "" }, { "Content-Length": "500" }, { "Transfer-Encoding": "chunked" }, { "content-length": "3" }]) {
    const { code, out } = await run(["verify", ...judging], { input: raw(signedRequest(changes)) });
    assert.equal(code, 2, `${JSON.stringify(changes)}: ${out}`);
  }
});

test("what curl -v prints may end before its request does", async () => {
  const { code } = await run(["verify", ...judging, "--data", BODY], { input: "> POST /in HTTP/1.1\n> Host: x\n* done\n" });
  assert.equal(code, 1);
});

test("schemes lists all of them", async () => {
  const { code, out } = await run(["schemes", "--json"]);
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(out), JSON.parse(JSON.stringify(hookgate.schemes())));
  assert.match((await run(["schemes"])).out, /^stripe +Stripe +secret +timestamp$/m);
});

test("wrong use ends with 2 and one line that says what is missing", async () => {
  const array = join(directory, "array.json");
  writeFileSync(array, "[]");
  const wrong = {
    "no command 'sing'": ["sing"],
    "which scheme": ["verify"],
    "no scheme is called `stirpe`": ["verify", "--scheme", "stirpe", join(directory, "request.http")],
    "no HTTP request": ["verify", ...judging],
    "cannot be read": ["verify", ...judging, join(directory, "none")],
    "where to": ["send", "--scheme", "stripe", "--data", "{}"],
    "--url takes": ["send", "--scheme", "stripe", "--data", "{}", "--url", "localhost"],
    "which body": ["sign", "--scheme", "stripe"],
    "--repeat takes": ["send", "--scheme", "stripe", "--data", "{}", "--url", origin, "--repeat", "0"],
    ...Object.fromEntries(["1e9", "0", "-1", "NaN", "", "Infinity", "10001", "0.0000001", "0x10"].map((rate) => [`from 0.001 to 10000, not '${rate}'`, ["send", "--scheme", "stripe", "--data", "{}", "--url", origin, `--rate=${rate}`]])),
    "cannot both be read from standard input": ["verify", ...judging, "--data", "@-"],
    "and --data @- cannot both": ["explain", ...judging, "-", "--data", "@-"],
    "--tolerance takes": ["verify", ...judging, "--tolerance", "5m"],
    "Unknown option '--secrets'": ["verify", ...judging, "--secrets", "x"],
    // What the package calls a wrong kind.
    "`options.heeder` is no option": ["sign", "--scheme", "hmac", "--data", "{}", "--option", "heeder=x-own"],
    "`now` must be in unix seconds": ["sign", "--scheme", "stripe", "--data", "{}", "--now", `${NOW}000`],
    "`scheme` must be the name of a scheme": ["sign", "--scheme", array, "--data", "{}"],
  };
  for (const [said, args] of Object.entries(wrong)) {
    const { code, out, err } = await run(args);
    assert.equal(code, 2, `${said}: ${err}`);
    assert.equal(out, "");
    assert.ok(err.includes(said), err);
    assert.equal(err.trim().split("\n").length, 1, err);
  }
  const none = await run(["verify", ...judging], { env: { HOOKGATE_SECRET: "" } });
  assert.equal(none.code, 2);
  assert.match(none.err, /HOOKGATE_SECRET/);
  assert.equal((await run([])).code, 2);
  const usage = await run(["--help"]);
  assert.equal(usage.code, 0);
  for (const args of [["help"], ["-h"], ["sign", "--help"], ["send", "--scheme", "stripe", "-h"]]) assert.deepEqual(await run(args), usage, args.join(" "));
  const { version } = JSON.parse(readFileSync(join(PACKAGE, "package.json"), "utf8"));
  assert.deepEqual(await run(["--version"]), { code: 0, out: `${version}\n`, err: "" });
});
