/** Medians of interleaved rounds: what disturbs the machine disturbs all candidates alike. */

/** A round takes about so long, in milliseconds: short enough that most are disturbed by nothing. */
const ROUND = 1;
/** Runs before anything counts, so that all of it is compiled: WebAssembly is, twice, beside the run. */
const WARM_UP = 100;

/**
 * @param {Record<string, () => unknown>} candidates what returns a promise is awaited
 * @returns {Promise<{micros: Record<string, number>, ratio: (of: string, to: string) => number}>} medians:
 * microseconds a call, and how many times as long one took as another of the same round
 */
export async function measure(candidates, rounds) {
  const runs = [];
  for (const [name, call] of Object.entries(candidates)) {
    const waits = typeof call()?.then === "function";
    const time = waits ? timeAsync : timeSync;
    let calls = 1;
    let took = await time(call, calls);
    while (took < ROUND && calls < 1e6) {
      calls *= 2;
      took = await time(call, calls);
    }
    runs.push({ name, call, time, calls, times: [] });
  }
  for (let round = -WARM_UP; round < rounds; round += 1) {
    // In another order each time: what one leaves to be collected is paid by whoever comes after it.
    for (const run of shuffled(runs)) {
      const took = await run.time(run.call, run.calls);
      if (round >= 0) run.times.push((took * 1000) / run.calls);
    }
  }
  const times = Object.fromEntries(runs.map((run) => [run.name, run.times]));
  return {
    micros: Object.fromEntries(runs.map(({ name }) => [name, median(times[name])])),
    ratio: (of, to) => median(times[of].map((took, round) => took / times[to][round])),
  };
}

function shuffled(runs) {
  const drawn = runs.map((run) => ({ run, at: Math.random() }));
  return drawn.sort((one, other) => one.at - other.at).map(({ run }) => run);
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
  return times.toSorted((a, b) => a - b)[times.length >> 1];
}
