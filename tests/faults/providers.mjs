/** What providers do: sign, send, and send again until they are answered for good. */
import { PROVIDERS, fresh, nowSecs } from "../workerd/kit/providers.mjs";

const DUPLICATES = 0.2;
const FORGED = 0.1;
/** A duplicate comes at once, or up to so many requests later. */
const LATEST_DUPLICATE = 300;
/** A provider gives up after so many tries; a restart takes some twenty. */
const MOST_TRIES = 400;
/** Forgers come from so many addresses: those of a larger run would meet the limit from one, and not the verifier. */
const FORGERS = 250;

/** Every way to forge that an outsider has. */
const FORGERIES = [
  // Another secret.
  (id) => fresh("stripe", { id, secret: PROVIDERS.stripe.other }),
  // A captured request with another body.
  async (id) => {
    const { headers, body } = await fresh("stripe", { id });
    return { headers, body: body.replace("invoice.paid", "invoice.void") };
  },
  // A captured request, an hour old.
  (id) => fresh("stripe", { id, now: nowSecs() - 3600 }),
  // No signature at all.
  async (id) => ({ headers: {}, body: (await fresh("stripe", { id })).body }),
];

/** All requests in their order: `{id}` for an event or its duplicate, `{id, forge, from}` for a forged one. */
export function plan(roll, events) {
  const jobs = [];
  for (let n = 0; n < events; n += 1) {
    const id = `evt_${n}`;
    jobs.push({ id, at: n });
    if (roll() < DUPLICATES) jobs.push({ id, at: n + (roll() < 0.5 ? 0 : roll() * LATEST_DUPLICATE) });
  }
  for (let n = 0; n < events * FORGED; n += 1) {
    const forge = FORGERIES[Math.floor(roll() * FORGERIES.length)];
    const from = `203.0.113.${Math.floor(roll() * FORGERS)}`;
    jobs.push({ id: `evt_forged_${n}`, forge, from, at: roll() * events });
  }
  return jobs.sort((a, b) => a.at - b.at);
}

/** Sends one request until it is answered for good, and writes down how. */
export async function send(city, { id, forge, from }, books) {
  for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
    await city.restarting;
    const request = await (forge ?? ((id) => fresh("stripe", { id })))(id);
    if (from) request.headers["cf-connecting-ip"] = from;
    const answer = await post(city.hookgate.url, request);
    books.requests += 1;
    if (answer === undefined || answer.status === 429 || answer.status >= 500) {
      // Nothing was decided, or nobody heard of it.
      await new Promise((resolve) => setTimeout(resolve, Math.min(100 * tries, 1_000)));
      continue;
    }
    if (forge) {
      books.forged.sent += 1;
      if (answer.status < 300) books.forged.accepted += 1;
    } else if (answer.status === 200) {
      const ids = books.acknowledged.get(id) ?? new Set();
      books.acknowledged.set(id, ids.add(answer.body.id));
    } else {
      books.refused.push(`${id}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    return;
  }
  books.refused.push(`${id}: gave up after ${MOST_TRIES} tries`);
}

async function post(url, { headers, body }) {
  try {
    const response = await fetch(`${url}/in/faults`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body,
    });
    return { status: response.status, body: await response.json() };
  } catch {
    return undefined;
  }
}
