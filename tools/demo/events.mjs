/**
 * One realistic event for each scheme, in the envelope of the vendor's own documents, fresh at each
 * call. Not for signing (send.mjs does that with the verifier's own code).
 */
import { randomBytes, randomUUID } from "node:crypto";

const random = (length) => randomBytes(length).toString("base64url").replace(/[-_]/g, "x").slice(0, length);

/** Each answers `id` for the header of that name, the event's type, and the body's value. */
const EVENTS = {
  standard: (now) => event(`msg_${random(27)}`, "invoice.paid", (type) => ({
    type,
    timestamp: now.toISOString(),
    data: { invoice: `INV-${random(6)}`, amount: 4200, currency: "eur" },
  })),

  svix: (now) => event(`msg_${random(27)}`, "user.created", (type) => ({
    type,
    timestamp: now.toISOString(),
    data: { id: `user_${random(12)}`, email: "ada@example.com" },
  })),

  visiwise: (now) => event(`msg_${random(27)}`, "shipment.updated", (type) => ({
    type,
    timestamp: now.toISOString(),
    data: { container: "MSCU1234567", status: "DISCHARGED", location: "NLRTM" },
  })),

  // The delivery id is a header of its own; the event's id stands in the signed body.
  visibuild: (now) => event(randomUUID(), "ticket.status_changed", (type) => ({
    id: randomUUID(),
    type,
    timestamp: wholeSeconds(now),
    apiVersion: "2025-01-01",
    data: {
      ticket: { id: randomUUID(), ticketNo: "456", title: "Kitchen cabinet defect", status: "closed", previousStatus: "open" },
      change: { from: "open", to: "closed", changedAt: wholeSeconds(now) },
    },
  })),

  vicket: (now) => {
    const id = randomUUID();
    return event(id, "ticket.status_changed", (type) => ({
      id,
      event: type,
      occurred_at: now.toISOString(),
      data: { ticket: { id: randomUUID(), status: { category: "resolved" } }, message: "Ticket resolved by the on-call agent." },
    }));
  },

  helpdesk: (now) => event(randomUUID(), "ticket.created", (type) => ({
    event: type,
    created_at: now.toISOString(),
    ticket: { id: randomUUID(), subject: "The invoice has the wrong address", priority: "normal", channel: "email" },
  })),

  // No id anywhere: two events differ by their content alone.
  vexylcloud: (now) => event(randomUUID(), "ticket.updated", (type) => ({
    event: type,
    timestamp: now.toISOString(),
    data: { ticket: { id: randomUUID(), status: "in_progress", queue: "network" } },
  })),

  stripe: (now) => {
    const id = `evt_${random(24)}`;
    return event(id, "payment_intent.succeeded", (type) => ({
      id,
      object: "event",
      api_version: "2025-09-30.clover",
      created: Math.floor(now / 1000),
      data: { object: { id: `pi_${random(24)}`, object: "payment_intent", amount: 4200, currency: "eur", status: "succeeded" } },
      livemode: false,
      pending_webhooks: 1,
      request: { id: null, idempotency_key: randomUUID() },
      type,
    }));
  },

  github: (now) => event(randomUUID(), "issues", () => ({
    action: "opened",
    issue: { id: randomBytes(4).readUInt32BE(), number: 42, title: "The retry never comes", state: "open", created_at: wholeSeconds(now) },
    repository: { id: 35129377, full_name: "octo-org/octo-repo", private: false },
    sender: { login: "octocat", id: 583231, type: "User" },
  })),
};

/** The schemes that have a demo source. */
export const DEMO_SCHEMES = Object.keys(EVENTS);

/** @returns {{id: string, eventType: string, body: string}} */
export function sampleEvent(scheme, now = new Date()) {
  return EVENTS[scheme](now);
}

const event = (id, eventType, content) => ({ id, eventType, body: JSON.stringify(content(eventType)) });
const wholeSeconds = (moment) => moment.toISOString().replace(/\.\d+Z$/, "Z");
