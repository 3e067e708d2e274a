/**
 * The consumer behind both sides of `npm run bench -- ingest`: it takes a batch of the queue and is
 * done with it. To an inbox that waits for it, it confirms the batch as Hookgate's own consumer does, so
 * that the exact modes are measured with all that they cost. `GET /` says how many have come.
 */
let taken = 0;

export default {
  async queue(batch, env) {
    const bodies = batch.messages.map(({ body }) => (body instanceof ArrayBuffer ? JSON.parse(new TextDecoder().decode(body)) : body));
    const inboxes = Map.groupBy(bodies.filter(({ inbox }) => inbox), ({ inbox }) => inbox);
    const confirmations = [...inboxes].map(([inbox, messages]) =>
      env.INBOX.getByName(inbox).invoke("confirm", new TextEncoder().encode(JSON.stringify(messages.map(({ id }) => id)))),
    );
    await Promise.all(confirmations);
    batch.ackAll();
    taken += batch.messages.length;
  },
  fetch: () => Response.json(taken),
};
