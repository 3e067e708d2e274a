/**
 * Load: requests over kept connections, as many at once as asked for (`closed`), or so many a second
 * whether or not the earlier ones were answered (`open`), which is how the outside sends.
 */
import { Agent, request as httpRequest } from "node:http";

/** Waits until `condition` gives something. */
export async function until(condition, boundMs = 120_000) {
  const end = performance.now() + boundMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() > end) throw new Error("the condition never held");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Connections to one address, each used again. */
export function connections(url, most) {
  const agent = new Agent({ keepAlive: true, maxSockets: most });
  const { hostname, port } = new URL(url);
  return {
    /** The answer's text. */
    post: ({ path, headers, body }) =>
      new Promise((resolve, reject) => {
        const request = httpRequest(
          { agent, hostname, port, path, method: "POST", headers: { ...headers, "content-type": "application/json", "content-length": body.length } },
          (response) => {
            const chunks = [];
            response.on("data", (chunk) => chunks.push(chunk));
            response.on("end", () => {
              const text = Buffer.concat(chunks).toString();
              if (response.statusCode < 300) return resolve(text);
              reject(new Error(`${path}: ${response.statusCode} ${text}`));
            });
            response.on("error", reject);
          },
        );
        request.on("error", reject);
        request.end(body);
      }),
    close: () => agent.destroy(),
  };
}

/** Sends all of `requests`, `width` at once. Milliseconds that it took. */
export async function closed(client, requests, width) {
  const started = performance.now();
  let next = 0;
  const worker = async () => {
    while (next < requests.length) await client.post(requests[next++]);
  };
  await Promise.all(Array.from({ length: width }, worker));
  return performance.now() - started;
}

/** Sends `requests` at so many a second. Milliseconds of each, from the moment it was due to its answer. */
export async function open(client, requests, perSecond) {
  const started = performance.now();
  const answers = [];
  for (let sent = 0; sent < requests.length; ) {
    const due = Math.min(requests.length, Math.ceil(((performance.now() - started) / 1000) * perSecond));
    for (; sent < due; sent += 1) {
      const dueAt = started + (sent / perSecond) * 1000;
      answers.push(client.post(requests[sent]).then(() => performance.now() - dueAt));
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return Promise.all(answers);
}

export function median(values) {
  return percentile(values, 0.5);
}

export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
