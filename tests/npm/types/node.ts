/** What Node's own requests are: compiled, never run. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Verifier, WebhookVerificationError } from "hookgate";

const verifier = new Verifier({ scheme: "github", secret: process.env["WEBHOOK_SECRET"] ?? "" });

export async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  try {
    const event = verifier.verify({ headers: request.headers, body: Buffer.concat(chunks), url: request.url, method: request.method });
    response.writeHead(200).end(event.id);
  } catch (error) {
    response.writeHead(error instanceof WebhookVerificationError ? error.status : 500).end();
  }
}
