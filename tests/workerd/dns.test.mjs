/** Names are looked up when an endpoint is made and before each attempt, in the real runtime. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { client } from "./kit/client.mjs";
import { startWithInternet } from "./kit/outbound.mjs";
import { until } from "./kit/runtime.mjs";

/** What the resolver says of each name, by kind; changed by the tests. */
const zone = {
  "public.example.com": { A: ["93.184.216.34"], AAAA: ["2606:2800:220:1:248:1893:25c8:1946"] },
  "inside.example.com": { A: ["93.184.216.34", "10.0.0.7"] },
  "inside6.example.com": { A: ["93.184.216.34"], AAAA: ["::1"] },
  "rebinds.example.com": { A: ["93.184.216.34"] },
  "expires.example.com": { A: ["93.184.216.34"] },
  "waits.example.com": { A: ["93.184.216.34"] },
};
const NUMBERS = { A: 1, AAAA: 28 };
let resolverIsAway = false;

function answer(url) {
  if (url.hostname !== "doh.example.com") return { status: 200, body: "thank you" };
  if (resolverIsAway) return { status: 503 };
  const [name, type] = [url.searchParams.get("name"), url.searchParams.get("type")];
  if (!zone[name]) return { body: JSON.stringify({ Status: 3 }) };
  const records = (zone[name][type] ?? []).map((data) => ({ name, type: NUMBERS[type], TTL: 0, data }));
  return { body: JSON.stringify({ Status: 0, TC: false, Answer: records }) };
}

let hookgate, api;
before(async () => {
  hookgate = await startWithInternet(/\.example\.com$/, answer, {
    HOOKGATE_ALLOW_PRIVATE_ENDPOINTS: "false",
    HOOKGATE_DOH_URL: "https://doh.example.com/dns-query",
  });
  api = client(hookgate);
  await api.create("/api/v1/app", { name: "names", uid: "names" });
});
after(() => hookgate?.stop());

const refusal = async (name) => {
  const { status, body } = await api.call("POST", "/api/v1/app/names/endpoint", { url: `https://${name}/hook` });
  return [status, body.detail?.[0]?.msg];
};

test("a name is refused for any answer that is not public, and for none", async () => {
  const refused = (why) => [422, `url_name_refused: ${why}`];
  assert.deepEqual(await refusal("inside.example.com"), refused("the name leads to 10.0.0.7, which is not public"));
  assert.deepEqual(await refusal("inside6.example.com"), refused("the name leads to ::1, which is not public"));
  assert.deepEqual(await refusal("unknown.example.com"), refused("the name has no address"));
  resolverIsAway = true;
  const [status, why] = await refusal("public.example.com");
  resolverIsAway = false;
  assert.equal(status, 422);
  assert.match(why, /^url_name_refused: the name could not be looked up: /);
  assert.equal((await refusal("public.example.com"))[0], 201);
});

test("an answer that changes after the endpoint was made blocks its attempts, and changes back", async () => {
  const endpoint = await api.create("/api/v1/app/names/endpoint", {
    url: "https://rebinds.example.com/hook",
    eventTypes: ["rebinding"],
    retrySchedule: [0, 1, 1, 1, 1, 1, 1, 1],
    disableRule: { consecutiveFailures: 1 },
  });
  zone["rebinds.example.com"] = { A: ["127.0.0.1"] };
  const { id } = await api.expect(202, "POST", "/api/v1/app/names/msg", { eventType: "rebinding", payload: {} });
  const of = async () => (await api.attempts("names", id)).filter((attempt) => attempt.endpointId === endpoint.id);
  const [blocked] = await until(async () => {
    const attempts = await of();
    return attempts[0]?.statusText === "fail" && attempts;
  });
  assert.equal(blocked.response, "blocked: the name leads to 127.0.0.1, which is not public");
  assert.ok(!hookgate.asked.some((url) => url.startsWith("https://rebinds.example.com/")));
  assert.equal((await api.get(`/api/v1/app/names/endpoint/${endpoint.id}`)).disabled, false);
  zone["rebinds.example.com"] = { A: ["93.184.216.34"] };
  await until(async () => (await of()).some(({ statusText }) => statusText === "success"));
});

test("an endpoint whose name leads nowhere any more can be disabled, and cannot be given another such name", async () => {
  const { id } = await api.create("/api/v1/app/names/endpoint", { url: "https://expires.example.com/hook", eventTypes: ["expiry"] });
  delete zone["expires.example.com"];
  const path = `/api/v1/app/names/endpoint/${id}`;
  assert.equal((await api.expect(200, "PATCH", path, { disabled: true })).disabled, true);
  const { status, body } = await api.call("PATCH", path, { url: "https://unknown.example.com/hook" });
  assert.deepEqual([status, body.detail?.[0]?.msg], [422, "url_name_refused: the name has no address"]);
});

test("a resolver that does not answer ends no delivery, and is asked once for many", async () => {
  const endpoint = await api.create("/api/v1/app/names/endpoint", {
    url: "https://waits.example.com/hook",
    eventTypes: ["waiting"],
    retrySchedule: [0],
  });
  resolverIsAway = true;
  const send = async () => (await api.expect(202, "POST", "/api/v1/app/names/msg", { eventType: "waiting", payload: {} })).id;
  const messages = [await send()];
  const of = async (id) => (await api.attempts("names", id)).filter((attempt) => attempt.endpointId === endpoint.id);
  const [unsent] = await until(async () => {
    const attempts = await of(messages[0]);
    return attempts[0]?.statusText === "fail" && attempts;
  });
  assert.match(unsent.response, /^not sent: the name could not be looked up: /);
  for (let n = 0; n < 30; n++) messages.push(await send());
  resolverIsAway = false;
  const questions = () => hookgate.asked.filter((url) => url.includes("name=waits.example.com")).length;
  const before = questions();
  await until(async () => {
    const attempts = await Promise.all(messages.map(of));
    return attempts.every((all) => all.some(({ statusText }) => statusText === "success"));
  });
  // Two for each of the six that leave at once; the others go by what those have found.
  assert.ok(questions() - before < messages.length, `${questions() - before} questions`);
});
