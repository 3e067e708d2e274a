/**
 * Fills an empty Hookgate with the demonstration: a source for each scheme and one application, each
 * with an endpoint at the demo receiver. Through the public API, as any client would.
 *
 * What exists already is left as it is, so that a later start changes nothing.
 */
import { demoSecret } from "../keys.mjs";
import { Failure } from "../process.mjs";
import { DEMO_SCHEMES } from "./events.mjs";

/** Short enough to watch: what the profiles ask for takes a day. */
const WATCHABLE_SCHEDULE_SECS = [0, 2, 5, 10, 30];

/**
 * @returns {Promise<number>} how many things were created.
 * @throws {Failure} when the API refuses one, or when an earlier seed knows another receiver.
 */
export async function seed({ hookgate, receiver, port, state, adminToken, masterKey }) {
  const create = (path, body) => createOnce({ hookgate, adminToken, path, body });
  const endpoint = (name) => ({
    uid: "demo-endpoint",
    url: `${receiver}/hook/${name}`,
    secret: demoSecret(masterKey, "endpoint"),
    retrySchedule: WATCHABLE_SCHEDULE_SECS,
  });
  let created = 0;

  for (const scheme of DEMO_SCHEMES) {
    const uid = `demo-${scheme}`;
    const config = { secret: demoSecret(masterKey, scheme) };
    created += await create("/ingest/api/v1/source", { name: `Demo ${scheme}`, uid, type: scheme, config });
    created += await create(`/ingest/api/v1/source/${uid}/endpoint`, endpoint(uid));
  }
  created += await create("/api/v1/app", { name: "Demo", uid: "demo" });
  created += await create("/api/v1/app/demo/endpoint", endpoint("demo"));
  await mustDeliverTo(receiver, { hookgate, port, state, adminToken });
  return created;
}

/** A receiver that moved to another port since it was seeded would wait for ever. */
async function mustDeliverTo(receiver, { hookgate, port, state, adminToken }) {
  const headers = { authorization: `Bearer ${adminToken}` };
  const { url } = await (await fetch(`${hookgate}/api/v1/app/demo/endpoint/demo-endpoint`, { headers })).json();
  const seeded = new URL(url);
  if (seeded.origin === receiver) return;
  throw new Failure(
    `the demo endpoints in ${state} deliver to ${seeded.origin}. Start the receiver there:\n\n` +
      `  npm start -- --port ${port} --receiver-port ${seeded.port}\n\nor start afresh:\n\n  rm -r ${state}`,
  );
}

async function createOnce({ hookgate, adminToken, path, body }) {
  const response = await fetch(`${hookgate}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${adminToken}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer = await response.text();
  if (response.status === 409) return 0; // it exists
  if (!response.ok) {
    throw new Failure(`seeding stopped at POST ${path} (${body.uid}): it answered ${response.status}\n  ${answer.slice(0, 500)}`);
  }
  return 1;
}
