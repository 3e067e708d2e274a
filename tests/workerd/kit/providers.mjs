/**
 * The nine providers, each signing as its own SDK does, or, where it has none, as the sample code of
 * its documentation does. Nothing of Hookgate is used: what it accepts here, others have signed.
 */
import { createHmac, randomUUID } from "node:crypto";

import { sign as signGitHub } from "@octokit/webhooks-methods";
import { Webhook as StandardWebhook } from "standardwebhooks";
import Stripe from "stripe";
import { Webhook as SvixWebhook } from "svix";

const stripe = new Stripe("sk_test_unused");
const base64Secret = (fill) => `whsec_${Buffer.alloc(32, fill).toString("base64")}`;
const hmacHex = (secret, text) => createHmac("sha256", secret).update(text).digest("hex");

/** @typedef {{headers: Record<string, string>, body: string}} Signed */

/**
 * By scheme: two secrets, whether a timestamp is checked, and how `now` (unix seconds) signs an event
 * of this id.
 *
 * @type {Record<string, {secret: string, other: string, timed: boolean,
 *   sign: (secret: string, now: number, id: string) => Promise<Signed> | Signed}>}
 */
export const PROVIDERS = {
  standard: {
    secret: base64Secret(1),
    other: base64Secret(2),
    timed: true,
    sign: (secret, now, id) => {
      const body = JSON.stringify({ type: "invoice.paid", timestamp: new Date(now * 1000).toISOString(), data: { id } });
      const signature = new StandardWebhook(secret).sign(id, new Date(now * 1000), body);
      return { headers: { "webhook-id": id, "webhook-timestamp": `${now}`, "webhook-signature": signature }, body };
    },
  },
  svix: { secret: base64Secret(3), other: base64Secret(4), timed: true, sign: signSvix },
  visiwise: {
    // Visiwise hands its secret out with or without the prefix.
    secret: base64Secret(5).slice("whsec_".length),
    other: base64Secret(6),
    timed: true,
    sign: signSvix,
  },
  visibuild: {
    secret: "visibuild-secret-one-0123456789",
    other: "visibuild-secret-two-0123456789",
    timed: true,
    sign: (secret, now, id) => {
      const body = JSON.stringify({
        id,
        type: "ticket.status_changed",
        timestamp: new Date(now * 1000).toISOString(),
        apiVersion: "2025-01-01",
        data: { ticket: { ticketNo: "456", title: "Küche" } },
      });
      return {
        headers: {
          "x-visibuild-signature": `sha256=${hmacHex(secret, `${now}.${body}`)}`,
          "x-visibuild-event": "ticket.status_changed",
          "x-visibuild-delivery": randomUUID(),
          "x-visibuild-timestamp": `${now}`,
        },
        body,
      };
    },
  },
  vicket: {
    secret: "vicket-secret-one-0123456789",
    other: "vicket-secret-two-0123456789",
    timed: true,
    sign: (secret, now, id) => {
      const body = JSON.stringify({
        id,
        event: "ticket.status_changed",
        occurred_at: "2026-05-23T14:21:11.412Z",
        data: { ticket: { status: { category: "resolved" } }, message: "Ticket resolved." },
      });
      return { headers: { "x-vicket-signature": `hmac-sha256, t=${now}, v1=${hmacHex(secret, body)}` }, body };
    },
  },
  helpdesk: {
    secret: "helpdesk-secret-one-0123456789",
    other: "helpdesk-secret-two-0123456789",
    timed: false,
    sign: (secret, _now, id) => {
      const body = JSON.stringify({ ticket: { id: 7, subject: "Printer" } });
      return {
        headers: {
          "x-webhook-event": "ticket.created",
          "x-webhook-delivery": id,
          "x-webhook-signature": `sha256=${hmacHex(secret, body)}`,
        },
        body,
      };
    },
  },
  vexylcloud: {
    secret: "vexylcloud-secret-one-0123456789",
    other: "vexylcloud-secret-two-0123456789",
    timed: false,
    sign: (secret, now, id) => {
      const body = JSON.stringify({
        event: "ticket.updated",
        timestamp: new Date(now * 1000).toISOString(),
        data: { ticket: id },
      });
      return {
        headers: { "x-webhook-event": "ticket.updated", "x-webhook-signature": `sha256=${hmacHex(secret, body)}` },
        body,
      };
    },
  },
  stripe: {
    secret: "whsec_stripe_one_0123456789abcdef",
    other: "whsec_stripe_two_0123456789abcdef",
    timed: true,
    sign: (secret, now, id) => {
      const payload = JSON.stringify({ id, object: "event", type: "invoice.paid" }, null, 2);
      const header = stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp: now });
      return { headers: { "stripe-signature": header }, body: payload };
    },
  },
  github: {
    secret: "It's a Secret to Everybody",
    other: "It's another Secret to Everybody",
    timed: false,
    sign: async (secret, _now, id) => {
      const body = JSON.stringify({ action: "opened", issue: { number: 1 } });
      return {
        headers: {
          "x-github-event": "issues",
          "x-github-delivery": id,
          "x-hub-signature-256": await signGitHub(secret, body),
        },
        body,
      };
    },
  },
};

function signSvix(secret, now, id) {
  const body = JSON.stringify({ type: "shipment.updated", data: { container: id } });
  const signature = new SvixWebhook(secret).sign(id, new Date(now * 1000), body);
  return { headers: { "svix-id": id, "svix-timestamp": `${now}`, "svix-signature": signature }, body };
}

/** Unix seconds now. */
export const nowSecs = () => Math.floor(Date.now() / 1000);

/** A fresh event of a provider, signed with its first secret. */
export const fresh = (scheme, { secret, now = nowSecs(), id = `evt_${randomUUID()}` } = {}) =>
  PROVIDERS[scheme].sign(secret ?? PROVIDERS[scheme].secret, now, id);
