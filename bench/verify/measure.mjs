/** Medians of interleaved rounds: what disturbs the machine disturbs all candidates alike. */

/** A round takes about so long, in milliseconds. */
const ROUND = 4;
/** Runs before anything counts, so that all of it is compiled. */
const WARM_UP = 6;

/**
 * @param {Record<string, () => unknown>} candidates what returns a promise is awaited
 * @returns {Promise<Record<string, number>>} microseconds a call
 */
export async function measure(candidates, rounds) {
  const runs = await Promise.all(
    Object.entries(candidates).map(async ([name, call]) => {
      const waits = typeof call()?.then === "function";
      const time = waits ? timeAsync : timeSync;
      let calls = 1;
      let took = await time(call, calls);
      while (took < ROUND && calls < 1e6) {
        calls *= 2;
        took = await time(call, calls);
      }
      return { name, call, time, calls, times: [] };
    }),
  );
  for (let round = -WARM_UP; round < rounds; round += 1) {
    for (const run of runs) {
      const took = await run.time(run.call, run.calls);
      if (round >= 0) run.times.push((took * 1000) / run.calls);
    }
  }
  return Object.fromEntries(runs.map(({ name, times }) => [name, median(times)]));
}

function timeSync(call, calls) {
  const started = performance.now();
  for (let left = calls; left > 0; left -= 1) call();
  return performance.now() - started;
}

async function timeAsync(call, calls) {
  const started = performance.now();
  for (let left = calls; left > 0; left -= 1) await call();
  return performance.now() - started;
}

function median(times) {
  return times.sort((a, b) => a - b)[times.length >> 1];
}
