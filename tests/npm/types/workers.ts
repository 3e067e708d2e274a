/** What a Worker has: compiled, never run. */
import { openMessage, verify, WebhookVerificationError, type QueueMessage } from "hookgate";

interface Env {
  PAYLOADS: R2Bucket;
  STRIPE_WEBHOOK_SECRET: string;
}

export default {
  async fetch(request, env) {
    try {
      const event = verify({ scheme: "stripe", secret: env.STRIPE_WEBHOOK_SECRET, headers: request.headers, body: await request.arrayBuffer(), url: request.url, method: request.method });
      return Response.json({ received: event.id });
    } catch (error) {
      return new Response(null, { status: error instanceof WebhookVerificationError ? error.status : 500 });
    }
  },
  async queue(batch, env) {
    for (const { body } of batch.messages) {
      const { bytes } = await openMessage(body, { payloads: env.PAYLOADS });
      await fetch("https://example.com", { method: "POST", body: bytes });
    }
  },
} satisfies ExportedHandler<Env, QueueMessage>;
