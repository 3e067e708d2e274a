import assert from "node:assert/strict";
import { test } from "node:test";

import { demoSecret, parseVars } from "./keys.mjs";

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
