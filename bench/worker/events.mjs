/** Events as Stripe signs them, made before the clock runs. */
import { createHmac } from "node:crypto";

export const SECRET = "whsec_bench_0123456789abcdef";

let count = 0;

/** A fresh event of about `size` bytes for the source of this name. */
function event(source, size) {
  count += 1;
  const id = `evt_bench_${process.pid}_${count}`;
  const head = `{"id":"${id}","object":"event","type":"invoice.paid","data":{"object":{"text":"`;
  const tail = `"}}}`;
  const body = Buffer.from(head + "x".repeat(Math.max(0, size - head.length - tail.length)) + tail);
  const timestamp = Math.floor(Date.now() / 1000);
  const signature = createHmac("sha256", SECRET).update(`${timestamp}.`).update(body).digest("hex");
  return {
    path: `/in/${source}`,
    headers: { "stripe-signature": `t=${timestamp},v1=${signature}`, "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)" },
    body,
  };
}

export const events = (count, source, size) => Array.from({ length: count }, () => event(source, size));
