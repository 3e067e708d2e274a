/**
 * Receivers that others wrote: for each profile, what a customer of that vendor runs to verify a
 * request. Each takes the secret and the request as it arrived, and says whether it is genuine.
 */
import { spawnSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";

import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";

const sample = (name) => readFileSync(new URL(`../../samples/${name}.txt`, import.meta.url), "utf8");

/** @type {Record<string, Record<string, (secret: string, request: {headers: Record<string, string>, body: Buffer}) => boolean>>} */
export const RECEIVERS = {
  standard: { "the npm package standardwebhooks": library(StandardWebhook) },
  svix: { "the npm package svix": library(SvixWebhook) },
  visiwise: {
    "the npm package svix": library(SvixWebhook),
    "Visiwise's Python": (secret, request) =>
      python(
        `import sys, types
flask = types.ModuleType("flask")
class Request:
    pass
flask.Request = Request
sys.modules["flask"] = flask
${sample("visiwise.py")}
import json
given = json.load(sys.stdin)
request = Request()
request.headers = given["headers"]
timely = validate_timestamp(request.headers.get("svix-timestamp"))
genuine = validate_svix_signature(request, given["body"].encode(), given["secret"])
print(json.dumps(timely and genuine))`,
        secret,
        request,
      ),
  },
  visibuild: {
    "Visibuild's Node.js": (secret, { headers, body }) => {
      const verify = new Function("require", `${sample("visibuild.js")}\nreturn verifyWebhook;`)(process.getBuiltinModule);
      return verify(secret, headers["x-visibuild-timestamp"], body.toString(), headers["x-visibuild-signature"]);
    },
    "Visibuild's Python": (secret, request) =>
      python(
        `${sample("visibuild.py")}
import json, sys
given = json.load(sys.stdin)
headers = given["headers"]
print(json.dumps(verify_webhook(given["secret"], headers["x-visibuild-timestamp"], given["body"],
                                headers["x-visibuild-signature"])))`,
        secret,
        request,
      ),
    "Visibuild's Ruby": (secret, request) =>
      ruby(
        `require "json"
require "openssl"
require "active_support/security_utils"
${sample("visibuild.rb")}
given = JSON.parse($stdin.read)
headers = given["headers"]
puts verify_webhook(given["secret"], headers["x-visibuild-timestamp"], given["body"], headers["x-visibuild-signature"])`,
        secret,
        request,
      ),
  },
  vicket: {
    "Vicket's TypeScript": (secret, { headers, body }) => {
      const [imports, ...code] = sample("vicket.ts").split("\n\n");
      // The sample is the inside of a handler: it returns a refusal, or goes on.
      const program = `${imports}
import { readFileSync } from "node:fs";
function handle(rawBody: string, header: string): Response | undefined {
${code.join("\n\n")}
}
const { header, body } = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(handle(body, header)?.status ?? "goes on"));`;
      const header = headers["x-vicket-signature"];
      const answer = run(process.execPath, ["--experimental-strip-types", "--input-type=module-typescript", "--eval", program], { header, body: body.toString() }, {
        VICKET_WEBHOOK_SECRET: secret,
      });
      return answer === "goes on";
    },
  },
  helpdesk: { "the page's three steps": hexOfBody },
  vexylcloud: { "the page's description": hexOfBody },
};

function library(Webhook) {
  return (secret, { headers, body }) => {
    try {
      new Webhook(secret).verify(body.toString(), headers);
      return true;
    } catch (error) {
      if (error.constructor.name !== "WebhookVerificationError") throw error;
      return false;
    }
  };
}

function hexOfBody(secret, { headers, body }) {
  return headers["x-webhook-signature"] === `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
}

const python = (program, secret, { headers, body }) => run("python3", ["-c", program], { secret, headers, body: body.toString() });

const ruby = (program, secret, { headers, body }) => run("ruby", ["-EUTF-8", "-e", program], { secret, headers, body: body.toString() });

/** The Debian packages that have what a vendor's sample asks for. */
const PACKAGES = { python3: "python3", ruby: "ruby and ruby-activesupport" };

/** What a program prints, given `input` as JSON. */
function run(command, args, input, env = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    input: JSON.stringify(input),
    encoding: "utf8",
    env: { ...process.env, NODE_OPTIONS: "", ...env },
  });
  if (error?.code === "ENOENT") throw new Error(`${command} is not installed: a vendor's sample runs in it (Debian: ${PACKAGES[command]})`);
  if (/cannot load such file -- active_support/.test(stderr)) throw new Error(`ruby has no ActiveSupport: a vendor's sample asks for it (Debian: ruby-activesupport; elsewhere: gem install activesupport)`);
  if (error || status !== 0) throw new Error(`${command} ended with ${status}: ${error ?? stderr}`);
  return JSON.parse(stdout);
}
