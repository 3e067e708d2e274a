/** An endpoint to deliver to: records what arrives, and answers as each path is told to. */
import { once } from "node:events";
import { createServer } from "node:http";

import { until } from "./runtime.mjs";

/**
 * Starts a receiver.
 *
 * `answers` maps a path to a list of answers, used one after the other, the last one from then on:
 * a status, `{status, body, headers}`, or `"never"`. A path without a list answers 200.
 */
export async function startReceiver(answers = {}) {
  const arrived = [];
  const server = createServer(async (request, response) => {
    const chunks = await request.toArray().catch(() => []);
    const path = request.url;
    const before = arrived.filter((delivery) => delivery.path === path).length;
    arrived.push({ path, at: Date.now(), headers: request.headers, body: Buffer.concat(chunks) });
    const list = answers[path] ?? [200];
    const answer = list[Math.min(before, list.length - 1)];
    if (answer === "never") return;
    const { status, body = "", headers = {} } = typeof answer === "number" ? { status: answer } : answer;
    response.writeHead(status, headers).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${server.address().port}`;
  return {
    url,
    answers,
    arrived,
    /** What has arrived at a path. */
    at: (path) => arrived.filter((delivery) => delivery.path === path),
    /** Waits until `count` deliveries have arrived at a path. */
    wait(path, count, boundMs = 30_000) {
      const reached = () => (this.at(path).length >= count ? this.at(path) : undefined);
      return until(reached, boundMs, () => `${path}: ${this.at(path).length} of ${count} deliveries arrived`);
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
