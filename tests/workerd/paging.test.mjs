/** Every list at the edges of its pages: what cannot be is refused and named, what has gone is passed over. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { client } from "./kit/client.mjs";
import { startReceiver } from "./kit/receiver.mjs";
import { startHookgate } from "./kit/runtime.mjs";

/** An id that nothing has, of each kind. */
const NOBODY = { app: "app_", ep: "ep_", msg: "msg_", atmpt: "atmpt_", qtask: "qtask_" };
for (const [kind, prefix] of Object.entries(NOBODY)) NOBODY[kind] = prefix + "0".repeat(27);
Object.assign(NOBODY, { src: `src_${"0".repeat(22)}`, log: `log${"0".repeat(22)}`, name: "nobody" });

let hookgate, receiver, api, message;
before(async () => {
  [hookgate, receiver] = await Promise.all([startHookgate(), startReceiver()]);
  api = client(hookgate);
  await api.create("/api/v1/app", { name: "Edges", uid: "edges" });
  for (const uid of ["a", "b", "c"]) await api.create("/api/v1/app/edges/endpoint", { url: `${receiver.url}/${uid}`, uid });
  message = (await api.expect(202, "POST", "/api/v1/app/edges/msg", { eventType: "a", payload: {} })).id;
  await api.source("edge", "standard", "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz");
});
after(() => Promise.all([hookgate?.stop(), receiver?.stop()]));

/** Every list, and the kind of its iterators. */
const lists = () => [
  ["/api/v1/app", "app"],
  ["/api/v1/app/edges/endpoint", "ep"],
  ["/api/v1/app/edges/msg", "msg"],
  ["/api/v1/app/edges/endpoint/a/msg", "msg"],
  [`/api/v1/app/edges/msg/${message}/endpoint`, "ep"],
  ["/api/v1/app/edges/attempt/endpoint/a", "atmpt"],
  [`/api/v1/app/edges/attempt/msg/${message}`, "atmpt"],
  ["/api/v1/event-type", "name"],
  ["/api/v1/event-type?include_archived=true", "name"],
  ["/api/v1/background-task", "qtask"],
  ["/api/v1/operational-webhook/endpoint", "ep"],
  ["/api/hookgate/v1/operational-webhook/msg", "msg"],
  ["/api/hookgate/v1/dead-letter", "name"],
  ["/ingest/api/v1/source", "src"],
  ["/ingest/api/v1/source/edge/endpoint", "ep"],
  ["/ingest/api/v1/source/edge/log", "log"],
];

const asked = (path, name, value) => `${path}${path.includes("?") ? "&" : "?"}${name}=${encodeURIComponent(value)}`;

test("every list refuses a page that cannot be, and says which parameter is wrong", async () => {
  for (const [path, kind] of lists()) {
    const another = kind === "msg" ? NOBODY.ep : NOBODY.msg;
    const wrong = kind === "name" ? [] : [another, `-${another}`, `${NOBODY[kind]}0`, "nobody"];
    for (const [parameter, values] of [
      ["limit", ["0", "251", "-1", "1.5", "ten", "", "4294967296"]],
      ["iterator", [...wrong, "-", "--", "a b", "' OR 1=1 --", "ü", "x".repeat(300)]],
      ["order", ["up", ""]],
    ]) {
      for (const value of values) {
        // A name may begin with the sign of the way back.
        if (kind === "name" && value === "--") continue;
        const { detail } = await api.expect(422, "GET", asked(path, parameter, value));
        assert.deepEqual(detail.map(({ loc, type }) => [loc, type]), [[["query", parameter], "value_error"]], `${path} ${parameter}=${value}`);
      }
    }
  }
});

test("every list takes the smallest and the largest page, and goes on from an item that nobody has", async () => {
  for (const [path, kind] of lists()) {
    for (const limit of [1, 250]) {
      const page = await api.get(asked(path, "limit", limit));
      assert.ok(page.data.length <= limit && typeof page.done === "boolean", path);
    }
    for (const iterator of [NOBODY[kind], `-${NOBODY[kind]}`, ""]) {
      const page = await api.get(asked(path, "iterator", iterator));
      assert.ok(Array.isArray(page.data), `${path} ${iterator}`);
    }
  }
});

test("an iterator whose item has gone leads to what followed it", async () => {
  const path = "/api/v1/app/edges/endpoint";
  const { data } = await api.get(path);
  const first = await api.get(`${path}?limit=2`);
  assert.deepEqual([first.data.length, first.done], [2, false]);
  await api.expect(204, "DELETE", `${path}/${first.iterator}`);
  const second = await api.get(`${path}?limit=2&iterator=${first.iterator}`);
  assert.deepEqual([second.data.map(({ id }) => id), second.done], [[data[2].id], true]);
  const back = await api.get(`${path}?limit=2&iterator=-${first.iterator}`);
  assert.deepEqual([back.data.map(({ id }) => id), back.done], [[data[0].id], true]);
});
