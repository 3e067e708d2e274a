/** An endpoint's receiver, on a thread of its own: answers 200, and tells when each message arrived. */
import { once } from "node:events";
import { createServer } from "node:http";
import { Worker, isMainThread, parentPort } from "node:worker_threads";
import { fileURLToPath } from "node:url";

if (!isMainThread) {
  let arrived = [];
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      arrived.push([request.headers["webhook-id"], performance.timeOrigin + performance.now()]);
      response.end();
    });
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));
  parentPort.on("message", (word) => {
    parentPort.postMessage(word === "count" ? arrived.length : arrived);
    if (word === "take") arrived = [];
  });
}

export async function startReceiver() {
  const worker = new Worker(fileURLToPath(import.meta.url));
  const [port] = await once(worker, "message");
  const ask = async (word) => {
    worker.postMessage(word);
    return (await once(worker, "message"))[0];
  };
  return {
    url: `http://127.0.0.1:${port}`,
    count: () => ask("count"),
    /** `[message id, unix milliseconds]` of each since the last call. */
    take: () => ask("take"),
    stop: () => worker.terminate(),
  };
}
