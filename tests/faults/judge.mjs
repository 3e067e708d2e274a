/** The table at the end: every event from its acknowledgement to its delivery. */
import { client } from "../workerd/kit/client.mjs";
import { until } from "../workerd/kit/runtime.mjs";

const INTERRUPTED = /^interrupted/;

/** Prints the table. @returns {Promise<number>} the sum of all that must be 0 */
export async function judge({ city, receiver, books, events, stalls }) {
  const api = client(city.hookgate);
  const deliveries = byId(receiver.arrived, (delivery) => delivery.headers["webhook-id"]);
  const idsOfEvent = new Map();
  let forgedDelivered = 0;
  for (const [id, copies] of deliveries) {
    for (const copy of copies) {
      const event = JSON.parse(copy.body);
      if (event.id.startsWith("evt_forged") || event.type !== "invoice.paid") forgedDelivered += 1;
      idsOfEvent.set(event.id, (idsOfEvent.get(event.id) ?? new Set()).add(id));
    }
  }
  for (const [event, ids] of books.acknowledged) {
    for (const id of ids) idsOfEvent.set(event, (idsOfEvent.get(event) ?? new Set()).add(id));
  }

  let [afterSuccess, interrupted, unexplained] = [0, 0, 0];
  for (const [id, copies] of deliveries) {
    if (copies.length === 1) continue;
    const log = await until(async () => {
      const attempts = await api.attempts("faults", id);
      return attempts.at(-1)?.statusText === "success" ? attempts : undefined;
    }, 60_000, () => `${id} has no success in its log`);
    const success = log.findIndex((attempt) => attempt.statusText === "success");
    afterSuccess += log.length - 1 - success;
    const cut = log.filter((attempt) => INTERRUPTED.test(attempt.response)).length;
    // A receiver that was too slow for its timeout has the request, too.
    const failed = log.filter((attempt) => attempt.statusText === "fail").length - cut;
    interrupted += Math.min(copies.length - 1, cut);
    unexplained += Math.max(0, copies.length - 1 - cut - failed);
  }

  const lost = [...books.acknowledged.values()].filter((ids) => ![...ids].some((id) => deliveries.has(id))).length;
  const twice = [...idsOfEvent.values()].filter((ids) => ids.size > 1).length;
  const rows = [
    ["events", events],
    ["requests, retries included", books.requests],
    ["forged requests", books.forged.sent],
    ["lives of the runtime", city.lives],
    ["acknowledged events", books.acknowledged.size],
    ["delivered events", idsOfEvent.size - [...idsOfEvent].filter(([, ids]) => ![...ids].some((id) => deliveries.has(id))).length],
    ["requests to the endpoint", receiver.arrived.length],
    ["delivered again: died between request and record", interrupted],
    ["stalls of a minute, ended by the scheduled handler", stalls],
    ["not acknowledged in the end", events - books.acknowledged.size, true],
    ["lost", lost, true],
    ["admitted twice", twice, true],
    ["delivered again after a recorded success", afterSuccess, true],
    ["delivered again without a cause", unexplained, true],
    ["forged accepted", Math.max(books.forged.accepted, forgedDelivered), true],
  ];
  console.log();
  for (const [name, count, mustBeZero] of rows) {
    const verdict = !mustBeZero ? "" : count === 0 ? "  must be 0, is" : "  MUST BE 0";
    console.log(`${name.padEnd(52)} ${String(count).padStart(7)}${verdict}`);
  }
  for (const line of books.refused.slice(0, 10)) console.log(`refused: ${line}`);
  return rows.reduce((sum, [, count, mustBeZero]) => sum + (mustBeZero ? count : 0), 0);
}

function byId(list, key) {
  const groups = new Map();
  for (const item of list) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}
