import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";

import { demoSecret, parseVars } from "./keys.mjs";
import { run } from "./process.mjs";
import { path } from "./project.mjs";

const MASTER_KEY = Buffer.alloc(32, 7);

test("a_demo_secret_depends_on_the_master_key_and_the_name_alone", () => {
  assert.equal(demoSecret(MASTER_KEY, "github"), demoSecret(Buffer.alloc(32, 7), "github"));
  assert.notEqual(demoSecret(MASTER_KEY, "github"), demoSecret(MASTER_KEY, "vicket"));
  assert.notEqual(demoSecret(MASTER_KEY, "github"), demoSecret(Buffer.alloc(32, 8), "github"));
});

test("a_standard_webhooks_secret_is_base64_of_32_bytes", () => {
  for (const name of ["standard", "svix", "visiwise", "endpoint"]) {
    const [prefix, encoded] = demoSecret(MASTER_KEY, name).split("_");
    assert.equal(prefix, "whsec");
    assert.equal(Buffer.from(encoded, "base64").length, 32);
  }
});

test("vars_are_read_as_wrangler_reads_them", () => {
  const text = '# a comment\nHOOKGATE_MASTER_KEY="a+/b=="\nexport HOOKGATE_ADMIN_TOKEN = plain \r\n#HOOKGATE_LEASE_SECS=1\n';
  assert.deepEqual(parseVars(text), { HOOKGATE_MASTER_KEY: "a+/b==", HOOKGATE_ADMIN_TOKEN: "plain" });
});

describe("the development keys", () => {
  const KEY = `HOOKGATE_MASTER_KEY=${MASTER_KEY.toString("base64")}`;
  const TOKEN = "HOOKGATE_ADMIN_TOKEN=sixteen-letters-";
  let clone;

  /** A clone that has the tool and what it imports, and nothing else. */
  beforeEach(() => {
    clone = mkdtempSync(join(tmpdir(), "hookgate-keys-"));
    mkdirSync(join(clone, "tools"));
    for (const name of ["keys", "process", "project"]) copyFileSync(path("tools", `${name}.mjs`), join(clone, "tools", `${name}.mjs`));
  });
  afterEach(() => rmSync(clone, { recursive: true }));

  const devVars = () => join(clone, ".dev.vars");
  const write = (...lines) => writeFileSync(devVars(), `${lines.join("\n")}\n`);
  const seal = (state) => mkdirSync(join(clone, ".wrangler", state, "v3", "do"), { recursive: true });
  const read = () => parseVars(readFileSync(devVars(), "utf8"));
  const tool = (...args) => run(process.execPath, ["tools/keys.mjs", ...args], { cwd: clone });

  /** Runs the lines that a message proposes, as its reader would. */
  async function follow(message) {
    const lines = message.split("\n").filter((line) => line.startsWith("  ")).map((line) => line.trim().split(" "));
    for (const [program, ...args] of lines) {
      const { code, output } = await run(program === "node" ? process.execPath : program, args, { cwd: clone });
      assert.equal(code, 0, output);
    }
    return lines.length;
  }

  /** Refused with exactly this, which is mended by the lines that it says. */
  async function refused(message) {
    const before = existsSync(devVars()) ? readFileSync(devVars(), "utf8") : undefined;
    const { code, output } = await tool();
    assert.deepEqual([code, output], [1, `\n${message}\n`]);
    assert.equal(existsSync(devVars()) ? readFileSync(devVars(), "utf8") : undefined, before, "nothing was written");
    assert.ok((await follow(message)) > 0);
    assert.equal((await tool()).code, 0);
  }

  test("they are made once, for their owner alone, and stay as they are", async () => {
    assert.deepEqual(await tool(), { code: 0, output: ".dev.vars is written\n" });
    const { HOOKGATE_MASTER_KEY, HOOKGATE_ADMIN_TOKEN, HOOKGATE_ALLOW_PRIVATE_ENDPOINTS } = read();
    assert.equal(Buffer.from(HOOKGATE_MASTER_KEY, "base64").length, 32);
    assert.equal(HOOKGATE_ADMIN_TOKEN.length, 32);
    assert.equal(HOOKGATE_ALLOW_PRIVATE_ENDPOINTS, "true");
    assert.equal(statSync(devVars()).mode & 0o777, 0o600);
    const first = readFileSync(devVars(), "utf8");
    assert.deepEqual(await tool(), { code: 0, output: ".dev.vars is complete\n" });
    assert.equal(readFileSync(devVars(), "utf8"), first);
  });

  test("a key that is missing, where nothing is sealed, is added by the line that is shown", async () => {
    write("# mine", TOKEN, "HOOKGATE_LEASE_SECS=2");
    await refused(".dev.vars has no HOOKGATE_MASTER_KEY. This line makes one:\n\n  node tools/keys.mjs add HOOKGATE_MASTER_KEY");
    assert.match(readFileSync(devVars(), "utf8"), new RegExp(`^# mine\n${TOKEN}\nHOOKGATE_LEASE_SECS=2\nHOOKGATE_MASTER_KEY=\\S+\n$`));
    assert.equal(statSync(devVars()).mode & 0o777, 0o600);
  });

  test("a key that is missing, where storages are sealed with it, is the old one or a fresh start", async () => {
    write(TOKEN);
    seal("state");
    seal("state-8887");
    await refused(
      ".dev.vars has no HOOKGATE_MASTER_KEY, and what .wrangler/state and .wrangler/state-8887 hold can be opened with the old key alone.\n" +
        "Put it back into .dev.vars, or start afresh:\n\n  rm -r .wrangler/state .wrangler/state-8887\n  node tools/keys.mjs add HOOKGATE_MASTER_KEY",
    );
    assert.equal(existsSync(join(clone, ".wrangler/state")), false);
  });

  test("no key is added beside a storage that is sealed with another", async () => {
    write(TOKEN);
    seal("state");
    const { code, output } = await tool("add", "HOOKGATE_MASTER_KEY");
    assert.equal(code, 1);
    assert.match(output, /^\n\.dev\.vars has no HOOKGATE_MASTER_KEY, and what \.wrangler\/state holds can be opened with the old key alone\./);
    assert.equal(readFileSync(devVars(), "utf8"), `${TOKEN}\n`);
  });

  test("a file that is gone, where storages are sealed, is not made anew", async () => {
    seal("state-8887");
    await refused(
      ".dev.vars is gone, and what .wrangler/state-8887 holds can be opened with its master key alone.\n" +
        "Put the file back, or start afresh:\n\n  rm -r .wrangler/state-8887",
    );
  });

  test("a storage that holds nothing yet keeps nobody from fresh keys", async () => {
    mkdirSync(join(clone, ".wrangler", "state"), { recursive: true });
    assert.deepEqual(await tool(), { code: 0, output: ".dev.vars is written\n" });
  });

  const unfit = [
    ["cut short", Buffer.alloc(31).toString("base64"), "is 31 bytes of base64, and must be 32"],
    ["in the alphabet of URLs", Buffer.alloc(32, 255).toString("base64url"), "is not base64"],
  ];
  for (const [name, value, flaw] of unfit) {
    test(`a master key that is ${name} is refused, and replaced by the line that is shown`, async () => {
      write(`HOOKGATE_MASTER_KEY=${value}`, TOKEN);
      await refused(`HOOKGATE_MASTER_KEY in .dev.vars ${flaw}. This line makes one:\n\n  node tools/keys.mjs add HOOKGATE_MASTER_KEY`);
      assert.equal(readFileSync(devVars(), "utf8").match(/HOOKGATE_MASTER_KEY/g).length, 1);
    });
  }

  test("a token shorter than the Worker takes is refused at once, and replaced; the storage stays", async () => {
    write(KEY, "HOOKGATE_ADMIN_TOKEN=fifteen-letters");
    seal("state");
    await refused("HOOKGATE_ADMIN_TOKEN in .dev.vars has 15 characters, and must have 16 or more. This line makes one:\n\n  node tools/keys.mjs add HOOKGATE_ADMIN_TOKEN");
    assert.equal(read().HOOKGATE_ADMIN_TOKEN.length, 32);
    assert.equal(`HOOKGATE_MASTER_KEY=${read().HOOKGATE_MASTER_KEY}`, KEY);
    write(KEY, TOKEN);
    assert.equal((await tool()).code, 0);
  });

  test("a key that fits is never replaced, and there is no third one", async () => {
    write(KEY, TOKEN);
    assert.deepEqual(await tool("add", "HOOKGATE_ADMIN_TOKEN"), { code: 1, output: "\n.dev.vars has a HOOKGATE_ADMIN_TOKEN already\n" });
    for (const name of ["HOOKGATE_OTHER", "toString"]) {
      const output = `\nthere is no secret '${name}': HOOKGATE_MASTER_KEY or HOOKGATE_ADMIN_TOKEN\n`;
      assert.deepEqual(await tool("add", name), { code: 1, output });
    }
    assert.deepEqual(read(), parseVars(`${KEY}\n${TOKEN}`));
  });

  test("the secrets of a deploy are made once, and never over those that are there", async () => {
    const file = join(clone, ".dev.deploy-secrets");
    assert.equal((await tool("deploy")).code, 0);
    const text = readFileSync(file, "utf8");
    assert.deepEqual(Object.keys(parseVars(text)), ["HOOKGATE_MASTER_KEY", "HOOKGATE_ADMIN_TOKEN"]);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const { code, output } = await tool("deploy");
    assert.deepEqual([code, output], [1, "\n.dev.deploy-secrets exists already: it may be the only copy of a key in use\n"]);
    assert.equal(readFileSync(file, "utf8"), text);
  });
});
