/**
 * Waits until every acknowledged event has been delivered, and looks into the storage when nothing
 * moves: a stall is told with all that can be known of it, and then the scheduled handler is rung, as the
 * platform does every minute.
 */
import { autopsy } from "../workerd/kit/autopsy.mjs";

/** A deployed gateway is looked after once a minute. */
const STALL_MS = 60_000;
const BOUND_MS = 15 * 60_000;

/** @returns {Promise<number>} how often nothing moved for a minute */
export async function settle(city, receiver, books) {
  const end = Date.now() + BOUND_MS;
  let [seen, moved, stalls] = [0, Date.now(), 0];
  while (Date.now() < end) {
    const { arrived } = receiver;
    if (arrived.length > seen) [seen, moved] = [arrived.length, Date.now()];
    const delivered = new Set(arrived.map((delivery) => delivery.headers["webhook-id"]));
    if ([...books.acknowledged.values()].every((ids) => [...ids].some((id) => delivered.has(id)))) return stalls;
    if (Date.now() - moved > STALL_MS) {
      stalls += 1;
      console.log(`nothing has moved for a minute; ${delivered.size} of ${books.acknowledged.size} delivered\n${autopsy(city.hookgate)}`);
      await city.hookgate.ringCron(Date.now() + 3 * 60_000);
      moved = Date.now();
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return stalls;
}
