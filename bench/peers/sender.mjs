/**
 * The least that a sender can do in this runtime, written by hand: what the figures of `send` are read beside. A
 * message is stored in an object of its application and answered; that object hands it to the endpoint's, which
 * stores the delivery, sends it signed, and records how it went. It has no API, retries, schedule, filter or
 * guard, and no net below a crash: it is a floor, not a product.
 */
import { DurableObject } from "cloudflare:workers";
import { createHmac } from "node:crypto";

export default {
  async fetch(request, env) {
    const { eventType, payload } = JSON.parse(await request.text());
    const message = { id: `msg_${crypto.randomUUID()}`, eventType, payload: JSON.stringify(payload), timestamp: new Date().toISOString() };
    await env.APPLICATION.getByName("bench").accept(message);
    return Response.json({ id: message.id, eventType, timestamp: message.timestamp }, { status: 202 });
  },
};

export class ApplicationObject extends DurableObject {
  #waiting = [];
  #busy = false;

  constructor(state, env) {
    super(state, env);
    state.storage.sql.exec("CREATE TABLE IF NOT EXISTS messages (id TEXT PRIMARY KEY, type TEXT, payload TEXT, at TEXT, handed_over INTEGER) WITHOUT ROWID");
  }

  accept(message) {
    this.ctx.storage.sql.exec("INSERT INTO messages VALUES (?, ?, ?, ?, 0)", message.id, message.eventType, message.payload, message.timestamp);
    this.#waiting.push(message);
    this.ctx.waitUntil(this.#handOver());
  }

  async #handOver() {
    if (this.#busy) return;
    this.#busy = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, 100);
      await this.env.ENDPOINT.getByName("bench").take(batch);
      for (const { id } of batch) this.ctx.storage.sql.exec("UPDATE messages SET handed_over = 1 WHERE id = ?", id);
    }
    this.#busy = false;
  }
}

export class EndpointObject extends DurableObject {
  #waiting = [];
  #flying = 0;

  constructor(state, env) {
    super(state, env);
    state.storage.sql.exec("CREATE TABLE IF NOT EXISTS deliveries (id TEXT PRIMARY KEY, payload TEXT, state TEXT, status INTEGER, at INTEGER) WITHOUT ROWID");
  }

  take(batch) {
    for (const { id, payload } of batch) this.ctx.storage.sql.exec("INSERT OR IGNORE INTO deliveries VALUES (?, ?, 'sending', NULL, ?)", id, payload, Date.now());
    this.#waiting.push(...batch);
    while (this.#flying < 6 && this.#waiting.length > 0) this.ctx.waitUntil(this.#send());
  }

  async #send() {
    this.#flying += 1;
    for (let message; (message = this.#waiting.shift()); ) {
      const timestamp = Math.floor(Date.now() / 1000);
      const signature = createHmac("sha256", this.env.SECRET).update(`${message.id}.${timestamp}.`).update(message.payload).digest("base64");
      const headers = { "content-type": "application/json", "webhook-id": message.id, "webhook-timestamp": `${timestamp}`, "webhook-signature": `v1,${signature}` };
      const response = await fetch(this.env.RECEIVER, { method: "POST", headers, body: message.payload });
      await response.arrayBuffer();
      this.ctx.storage.sql.exec("UPDATE deliveries SET state = 'delivered', status = ? WHERE id = ?", response.status, message.id);
    }
    this.#flying -= 1;
  }
}
