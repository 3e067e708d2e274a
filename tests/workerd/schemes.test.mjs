/** Every scheme, in the real runtime: what is genuine arrives once, what is not is refused. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { client, post } from "./kit/client.mjs";
import { PROVIDERS, fresh, nowSecs } from "./kit/providers.mjs";
import { startReceiver } from "./kit/receiver.mjs";
import { startHookgate } from "./kit/runtime.mjs";

let hookgate, receiver, api;

before(async () => {
  [hookgate, receiver] = await Promise.all([startHookgate(), startReceiver()]);
  api = client(hookgate);
  for (const [scheme, { secret }] of Object.entries(PROVIDERS)) {
    await api.source(scheme, scheme, secret, { url: `${receiver.url}/${scheme}` });
  }
});

after(() => Promise.all([hookgate?.stop(), receiver?.stop()]));

for (const [scheme, provider] of Object.entries(PROVIDERS)) {
  describe(scheme, () => {
    test("a genuine event arrives once, byte for byte, however often it is sent", async () => {
      const event = await fresh(scheme);
      const first = await post(hookgate, scheme, event);
      assert.deepEqual([first.status, first.body.status], [200, "accepted"]);
      const second = await post(hookgate, scheme, event);
      assert.deepEqual([second.status, second.body], [200, { status: "duplicate", id: first.body.id }]);

      const [delivery] = await receiver.wait(`/${scheme}`, 1);
      assert.equal(delivery.body.toString(), event.body);
      assert.equal(delivery.headers["webhook-id"], first.body.id);

      // A second event behind the first: when it has arrived, the repeat would have, too.
      const next = await post(hookgate, scheme, await fence(scheme));
      await receiver.wait(`/${scheme}`, 2);
      assert.deepEqual(
        receiver.at(`/${scheme}`).map((each) => each.headers["webhook-id"]),
        [first.body.id, next.body.id],
      );
    });

    test("one changed byte of the body is refused", async () => {
      const event = await fresh(scheme);
      const body = Buffer.from(event.body);
      body[body.length - 3] ^= 1;
      await refused(scheme, { ...event, body }, "signature_mismatch");
    });

    test("another secret is refused", async () => {
      await refused(scheme, await fresh(scheme, { secret: provider.other }), "signature_mismatch");
    });

    if (provider.timed) {
      test("a timestamp beyond the tolerance is refused, past and future alike", async () => {
        const [stale, future] = [await fresh(scheme, { now: nowSecs() - 310 }), await fresh(scheme, { now: nowSecs() + 310 })];
        await refused(scheme, stale, "timestamp_too_old");
        await refused(scheme, future, "timestamp_in_future");
      });
    }
  });
}

test("each secret of a rotation is accepted", async () => {
  const { secret, other } = PROVIDERS.stripe;
  await api.source("rotating", "stripe", [other, secret], undefined);
  for (const each of [secret, other]) {
    const answer = await post(hookgate, "rotating", await fresh("stripe", { secret: each }));
    assert.equal(answer.status, 200);
  }
});

async function refused(scheme, event, code) {
  const before = (await api.messages(scheme)).length;
  const answer = await post(hookgate, scheme, event);
  assert.deepEqual([answer.status, answer.body.code], [401, code]);
  assert.equal((await api.messages(scheme)).length, before);
}

/** An event of other content than every earlier one. */
const fence = (scheme) => fresh(scheme, { now: nowSecs() - 1 });
