/** What happens without the two secrets, and what stands on disk with them. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { client, post } from "./kit/client.mjs";
import { PROVIDERS, fresh } from "./kit/providers.mjs";
import { startHookgate, until } from "./kit/runtime.mjs";

for (const name of ["HOOKGATE_MASTER_KEY", "HOOKGATE_ADMIN_TOKEN"]) {
  test(`without ${name} nothing is acknowledged, and the answer is the line that mends it`, async () => {
    const hookgate = await startHookgate({ settings: { [name]: undefined } });
    try {
      const answer = await post(hookgate, "any", await fresh("stripe"));
      assert.deepEqual([answer.status, answer.body.code], [503, "misconfigured"]);
      assert.match(answer.body.detail, new RegExp(`${name} is not set.*wrangler secret put ${name}`));
      assert.equal(hookgate.health.status, 503);
    } finally {
      await hookgate.stop();
    }
  });
}

test("no secret stands in the storage in the clear", async () => {
  const hookgate = await startHookgate();
  try {
    const api = client(hookgate);
    const { secret } = PROVIDERS.github;
    await api.source("stored", "github", secret, { url: "https://example.com/", secret: PROVIDERS.standard.secret });
    assert.equal((await post(hookgate, "stored", await fresh("github"))).status, 200);
    // GitLab signs nothing: each of its requests carries the secret.
    const carried = "a-secret-that-gitlab-sends-along";
    await api.source("carried", "gitlab", carried);
    const event = { headers: { "x-gitlab-token": carried, "x-gitlab-event": "Push Hook", "x-gitlab-event-uuid": "carried-event" }, body: "{}" };
    assert.equal((await post(hookgate, "carried", event)).status, 200);
    await until(async () => (await api.messages("carried")).length === 1);
    const { key } = await api.get("/ingest/api/v1/source/stored/endpoint/stored/secret");
    assert.equal(key, PROVIDERS.standard.secret);
    await hookgate.kill();
    const files = readdirSync(join(hookgate.folder, "state"), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const stored = files.map((entry) => readFileSync(join(entry.parentPath, entry.name)));
    for (const seen of ["stored", "carried-event"]) assert.ok(stored.some((bytes) => bytes.includes(seen)), `the scan reads what is stored: ${seen}`);
    for (const bytes of stored) {
      assert.ok(!bytes.includes(secret) && !bytes.includes(carried) && !bytes.includes(PROVIDERS.standard.secret.slice("whsec_".length)));
    }
    assert.ok(!hookgate.log().includes(secret) && !hookgate.log().includes(carried));
  } finally {
    await hookgate.stop();
  }
});
