/**
 * Where the local Hookgate and its demo receiver listen, for those who start them and those who call
 * them: `--port` and `--receiver-port`, else HOOKGATE_PORT and HOOKGATE_RECEIVER_PORT.
 */
import { connect } from "node:net";

import { Failure } from "./process.mjs";

/** `flags` are those of the command line, by name. */
export function addresses(flags = {}) {
  const port = portNumber(flags.port ?? process.env.HOOKGATE_PORT ?? 8787);
  const receiverPort = portNumber(flags["receiver-port"] ?? process.env.HOOKGATE_RECEIVER_PORT ?? 8788);
  return { port, receiverPort, hookgate: `http://127.0.0.1:${port}`, receiver: `http://127.0.0.1:${receiverPort}` };
}

/** @throws {Failure} if something listens there already. */
export async function mustBeFree(port, whose, variable) {
  const taken = await new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
    socket.on("connect", () => socket.destroy());
  });
  if (!taken) return;
  throw new Failure(
    `port ${port} of 127.0.0.1 is taken, perhaps by another 'npm start'.\n` +
      `Stop that one, or give ${whose} another port:\n\n  ${variable}=${port + 100} npm start`,
  );
}

function portNumber(value) {
  const port = Number(value);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new Failure(`'${value}' is no port`);
}
