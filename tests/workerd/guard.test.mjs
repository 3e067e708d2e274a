/** Where endpoints may lead as the gateway comes, without the developer's variable, in the real runtime. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { client } from "./kit/client.mjs";
import { startReceiver } from "./kit/receiver.mjs";
import { startHookgate, until } from "./kit/runtime.mjs";

const CLOSED = { HOOKGATE_ALLOW_PRIVATE_ENDPOINTS: undefined };

/** One spelling of each class; the table of all is `crates/relay/tests/it/guard.rs`. */
const REFUSED = [
  ["http://example.com/", "url_not_https"],
  ["https://user:pw@example.com/", "url_has_credentials"],
  ["https://example.com:22/", "url_port_not_allowed"],
  ["https://[fe80::1%25eth0]/", "url_malformed"],
  ...[
    "127.0.0.1",
    "127.1:8443",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "①②⑦.⓪.⓪.①",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "224.0.0.1",
    "192.0.2.1",
    "240.0.0.1",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::1]",
    "[fd00::1]",
    "[fe80::1]",
    "[2001:db8::1]",
    "localhost",
    "LOCALHOST.",
    "ｌｏｃａｌｈｏｓｔ",
    "metadata.google.internal",
    "printer.local",
    "kubernetes.default.svc",
    "nas.home.arpa",
    "127.0.0.1.nip.io",
    "db",
  ].map((host) => [`https://${host}/`, "url_host_not_public"]),
];

let hookgate, api, receiver;
before(async () => {
  receiver = await startReceiver();
  hookgate = await startHookgate();
  api = client(hookgate);
  await api.create("/api/v1/app", { name: "Guarded", uid: "guarded" });
  // Made while its developer allowed it.
  await api.create("/api/v1/app/guarded/endpoint", {
    url: `${receiver.url}/inside`,
    uid: "inside",
    retrySchedule: [0, 1, 1],
    disableRule: { consecutiveFailures: 1 },
  });
  await hookgate.kill();
  hookgate = await startHookgate({ folder: hookgate.folder, settings: CLOSED });
  api = client(hookgate);
});
after(async () => {
  await hookgate?.stop();
  await receiver?.stop();
});

test("every class of what is not public is refused where an endpoint is made, changed and tried", async () => {
  const path = "/api/v1/app/guarded/endpoint";
  const { url } = await api.create(path, { url: "https://example.com/hook", uid: "outside" });
  for (const [refused, code] of REFUSED) {
    for (const [method, at, body] of [
      ["POST", path, { url: refused }],
      ["PUT", `${path}/outside`, { url: refused, uid: "outside" }],
      ["PATCH", `${path}/outside`, { url: refused }],
      ["POST", "/api/v1/operational-webhook/endpoint", { url: refused }],
      ["POST", "/api/hookgate/v1/endpoint/test", { endpoint: { url: refused } }],
    ]) {
      const { detail } = await api.expect(422, method, at, body);
      assert.deepEqual(detail[0].loc, ["body", "url"], `${method} ${at} ${refused}`);
      assert.ok(detail[0].msg.startsWith(`${code}: `), `${method} ${at} ${refused}: ${detail[0].msg}`);
    }
  }
  assert.equal((await api.get(`${path}/outside`)).url, url);
  assert.equal((await api.get(path)).data.length, 2);
});

test("an endpoint that was allowed once is asked again at each attempt, and what is blocked disables nothing", async () => {
  await api.expect(204, "DELETE", "/api/v1/app/guarded/endpoint/outside");
  const { id } = await api.expect(202, "POST", "/api/v1/app/guarded/msg", { eventType: "a", payload: {} });
  const attempts = await until(async () => {
    const all = await api.attempts("guarded", id);
    return all.length === 3 && all.every(({ statusText }) => statusText === "fail") && all;
  });
  for (const { response, responseStatusCode } of attempts) {
    assert.deepEqual([response, responseStatusCode], ["blocked: the URL must use https", 0]);
  }
  assert.equal(receiver.at("/inside").length, 0);
  assert.equal((await api.get("/api/v1/app/guarded/endpoint/inside")).disabled, false);
});
