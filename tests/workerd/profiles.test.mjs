/** Every profile: what it sends passes the vendor's own receiving code, and a source of the same name. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { client } from "./kit/client.mjs";
import { PROVIDERS } from "./kit/providers.mjs";
import { startReceiver } from "./kit/receiver.mjs";
import { RECEIVERS } from "./kit/receivers.mjs";
import { startHookgate, until } from "./kit/runtime.mjs";

const PAYLOAD = { ticket: { title: "Küche", amount: 12.5 }, note: "🪝" };

let hookgate, api, receiver;
before(async () => {
  receiver = await startReceiver();
  hookgate = await startHookgate();
  api = client(hookgate);
  await api.create("/api/v1/app", { name: "Profiles", uid: "profiles" });
});
after(async () => {
  await hookgate?.stop();
  await receiver?.stop();
});

/** One message through one new endpoint. */
async function send(profile, url) {
  const { secret } = PROVIDERS[profile];
  const endpoint = await api.create("/api/v1/app/profiles/endpoint", { url, profile, secret, channels: [url.split("/").at(-1)] });
  await api.expect(202, "POST", "/api/v1/app/profiles/msg", {
    eventType: "ticket.created",
    payload: PAYLOAD,
    channels: endpoint.channels,
  });
  return endpoint;
}

for (const [profile, receivers] of Object.entries(RECEIVERS)) {
  test(`what the ${profile} profile sends passes ${Object.keys(receivers).join(" and ")}`, async () => {
    await send(profile, `${receiver.url}/own-${profile}`);
    const [request] = await receiver.wait(`/own-${profile}`, 1);
    const { secret, other } = PROVIDERS[profile];
    const tampered = { ...request, body: Buffer.concat([request.body, Buffer.from(" ")]) };
    for (const [name, accepts] of Object.entries(receivers)) {
      assert.equal(accepts(secret, request), true, name);
      assert.equal(accepts(other, request), false, `${name}, another secret`);
      assert.equal(accepts(secret, tampered), false, `${name}, another body`);
    }
  });

  test(`what the ${profile} profile sends a ${profile} source accepts`, async () => {
    const source = `in-${profile}`;
    await api.source(source, profile, PROVIDERS[profile].secret);
    await send(profile, `${hookgate.url}/in/${source}`);
    const [message] = await until(async () => {
      const messages = await api.messages(source);
      return messages.length > 0 && messages;
    });
    const { payload } = message;
    assert.deepEqual(payload.data ?? payload, PAYLOAD);
  });
}
