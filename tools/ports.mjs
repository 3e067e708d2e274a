/**
 * Where the local Hookgate and its demo receiver listen, for those who start them and those who call
 * them: `--port` and `--receiver-port`, else HOOKGATE_PORT and HOOKGATE_RECEIVER_PORT. And a free port, for
 * tests.
 */
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { connect, createServer } from "node:net";

import { Failure } from "./process.mjs";

export const DEFAULT_PORT = 8787;

/** `flags` are those of the command line, by name. `state` is where wrangler keeps what this Hookgate stores. */
export function addresses(flags = {}) {
  const port = portNumber(flags.port ?? process.env.HOOKGATE_PORT ?? DEFAULT_PORT);
  const receiverPort = portNumber(flags["receiver-port"] ?? process.env.HOOKGATE_RECEIVER_PORT ?? 8788);
  return {
    port,
    receiverPort,
    hookgate: `http://127.0.0.1:${port}`,
    receiver: `http://127.0.0.1:${receiverPort}`,
    // Two runtimes on one storage would destroy it.
    state: port === DEFAULT_PORT ? ".wrangler/state" : `.wrangler/state-${port}`,
  };
}

/** @throws {Failure} if something listens there already. */
export async function mustBeFree({ port, receiverPort }) {
  for (const wanted of [port, receiverPort]) await mustBeFreeAt(wanted, port, receiverPort);
}

/**
 * A port where nothing listens, for a program that is yet to start. It lies below those that Linux gives to
 * connections going out: one of these may be taken by then.
 */
export async function freePort() {
  for (;;) {
    const server = createServer();
    server.listen(randomInt(10_000, 32_768), "127.0.0.1");
    const isFree = await once(server, "listening").then(() => true, (error) => error.code !== "EADDRINUSE" && Promise.reject(error));
    if (!isFree) continue;
    const { port } = server.address();
    server.close();
    await once(server, "close");
    return port;
  }
}

async function mustBeFreeAt(wanted, port, receiverPort) {
  const taken = await new Promise((resolve) => {
    const socket = connect({ port: wanted, host: "127.0.0.1" });
    socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
    socket.on("connect", () => socket.destroy());
  });
  if (!taken) return;
  throw new Failure(
    `port ${wanted} of 127.0.0.1 is taken, perhaps by another 'npm start'.\n` +
      "Stop that one, or start a second Hookgate with a storage of its own:\n\n" +
      `  HOOKGATE_PORT=${port + 100} HOOKGATE_RECEIVER_PORT=${receiverPort + 100} npm start`,
  );
}

function portNumber(value) {
  const port = Number(value);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new Failure(`'${value}' is no port`);
}
