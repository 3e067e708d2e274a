/** `hookgate send`: signs, posts, and shows both sides. */
import { setTimeout as pause } from "node:timers/promises";

import { sign } from "../entry/inline.js";
import { address, data, header, now, rate, read, setup, whole } from "./arguments.js";
import { redacted, redactedOwn } from "./redacted.js";

/** So much of an answer is shown. */
const SHOWN = 2_000;
const BAR = 30;

const OPTIONS = ["scheme", "secret", "data", "id", "type", "header", "content-type", "url", "now", "option", "repeat", "rate"];

export async function send(args) {
  const { values } = read(args, OPTIONS);
  const endpoint = setup(values);
  const url = address(values.url);
  const body = data(values.data);
  const own = values.header.map(header);
  const repeat = whole("repeat", values.repeat, 1);
  const perSecond = rate(values.rate);

  const one = async (index) => {
    const id = values.id ?? `msg_${Date.now().toString(36)}${index}`;
    const contentType = values["content-type"];
    const signed = sign({ ...endpoint, id, type: values.type, body, url, contentType, now: now(values.now) });
    const made = [["content-type", contentType], ...Object.entries(signed.headers)];
    const headers = [...made, ...own];
    const shown = [...made.map((pair) => redacted(pair, endpoint.secret)), ...own.map((pair) => redactedOwn(pair, endpoint.secret))];
    return { sent: { method: "POST", url: signed.url, headers: shown, body: new TextDecoder().decode(signed.body) }, ...(await post(signed, headers)) };
  };
  return repeat === 1 ? single(await one(0), values.json) : many(one, repeat, perSecond, values.json);
}

async function post({ url, body }, headers) {
  const started = performance.now();
  try {
    const response = await fetch(url, { method: "POST", headers, body, redirect: "manual" });
    const text = await response.text();
    return { ok: response.ok, millis: performance.now() - started, answered: { status: response.status, headers: [...response.headers], body: text } };
  } catch (error) {
    return { ok: false, millis: performance.now() - started, failure: error.cause?.code ?? error.cause?.message ?? error.message };
  }
}

function single(result, json) {
  const { sent, answered, failure, ok, millis } = result;
  if (json) {
    console.log(JSON.stringify(result, null, 2));
  } else {
    console.log([`POST ${sent.url}`, ...sent.headers.map((pair) => pair.join(": ")), "", shown(sent.body)].map((line) => `> ${line}`).join("\n"));
    console.log(failure ? `\n${new URL(sent.url).origin} does not answer: ${failure}` : `\n< ${answered.status}, after ${millis.toFixed(0)} ms\n< ${shown(answered.body)}`);
  }
  return ok ? 0 : 1;
}

async function many(one, repeat, rate, json) {
  const bar = process.stderr.isTTY && !json;
  const outcomes = new Map();
  const times = [];
  const started = performance.now();
  const running = new Set();
  for (let index = 0; index < repeat; index += 1) {
    const due = started + (index * 1000) / rate;
    if (due > performance.now()) await pause(due - performance.now());
    const request = one(index).then(({ answered, failure, ok, millis }) => {
      const outcome = failure ?? `${answered.status}`;
      const seen = outcomes.get(outcome) ?? { outcome, ok, count: 0 };
      seen.count += 1;
      outcomes.set(outcome, seen);
      times.push(millis);
      running.delete(request);
      if (bar) process.stderr.write(`\r${drawn(times.length, repeat)}`);
    });
    running.add(request);
    // Without a rate, as many at once as a browser would have.
    while (running.size >= 6 && rate === Infinity) await Promise.race(running);
  }
  await Promise.all(running);
  if (bar) process.stderr.write("\n");
  const seconds = (performance.now() - started) / 1000;
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.min(times.length - 1, Math.floor(share * times.length))];
  const summary = { sent: repeat, seconds, outcomes: [...outcomes.values()], millis: { median: at(0.5), p95: at(0.95), most: times.at(-1) } };
  if (json) {
    console.log(JSON.stringify(summary, null, 2));
  } else {
    console.log(`${repeat} sent in ${seconds.toFixed(1)} s; answered after ${at(0.5).toFixed(0)} ms (median), ${at(0.95).toFixed(0)} ms (95 %)`);
    for (const { outcome, count } of summary.outcomes) console.log(`  ${outcome}: ${count}`);
  }
  return summary.outcomes.every(({ ok }) => ok) ? 0 : 1;
}

function drawn(done, all) {
  const full = Math.round((BAR * done) / all);
  return `${"█".repeat(full)}${"░".repeat(BAR - full)} ${done}/${all}`;
}

function shown(text) {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}… (${Buffer.byteLength(text)} bytes)` : text;
}
