/**
 * What people pass becomes what the module takes; what cannot be meant is a `TypeError` that names
 * the argument. Nothing here judges a request.
 */

import { bytes } from "./bytes.js";

/** More seconds than that are milliseconds: it is the year 5138. */
const LATEST = 1e11;

const EVERYTHING = Object.prototype;

/**
 * A property, its own or its class's, but none that `Object.prototype` lends to every object: where a
 * library lets somebody write there (prototype pollution), that must not set a tolerance or a clock.
 */
export function field(object, name) {
  const value = object[name];
  if (value === undefined || !(name in EVERYTHING)) return value;
  for (let at = object; at !== null && at !== EVERYTHING; at = Object.getPrototypeOf(at)) {
    if (Object.hasOwn(at, name)) return value;
  }
  return undefined;
}

/** Whether `field` must be asked for what a request has: the engine knows the answer, until somebody writes there. */
export function lent() {
  return "headers" in EVERYTHING || "body" in EVERYTHING || "method" in EVERYTHING || "url" in EVERYTHING || "now" in EVERYTHING;
}

export function secrets(secret) {
  if (typeof secret === "string") return [secret];
  // A copy: keys may be prepared again, and must be those of now.
  const list = Array.isArray(secret) && Array.from(secret);
  if (list && list.every((each) => typeof each === "string")) return list;
  const hint = secret === undefined || secret === null ? ": is the environment variable that it is read from set?" : "";
  throw new TypeError(`\`secret\` must be a string or an array of strings, not ${kind(secret)}${hint}`);
}

/** Its name, or its description in JSON. */
export function scheme(scheme) {
  // A description starts with `{`, and so a name does not.
  if (typeof scheme === "string") return scheme;
  if (typeof scheme !== "object" || scheme === null || Array.isArray(scheme)) {
    throw new TypeError(`\`scheme\` must be the name of a scheme or an object that describes one, not ${kind(scheme)}`);
  }
  let described;
  try {
    described = JSON.stringify(scheme);
  } catch (cause) {
    // A circle, a BigInt, a getter that throws.
    throw new TypeError(`\`scheme\` cannot be written as JSON: ${cause?.message}`, { cause });
  }
  if (described === undefined) throw new TypeError("`scheme` cannot be written as JSON: its `toJSON` gives undefined");
  return described;
}

export function now(now) {
  if (now === undefined) return Math.floor(Date.now() / 1000);
  if (typeof now !== "number" || !(now >= 0)) throw new TypeError(`\`now\` must be a number of unix seconds, not ${kind(now)}`);
  if (now >= LATEST) throw new TypeError("`now` must be in unix seconds, and this is in milliseconds: pass `Math.floor(Date.now() / 1000)`");
  return Math.floor(now);
}

/** `undefined`, or a value of this type. */
export function optional(name, value, type) {
  if (value === undefined || typeof value === type) return value;
  throw new TypeError(`\`${name}\` must be a ${type}, not ${kind(value)}`);
}

export function needed(name, value, type) {
  if (typeof value === type) return value;
  throw new TypeError(`\`${name}\` must be a ${type}, not ${kind(value)}`);
}

export function object(name, value) {
  if (typeof value === "object" && value !== null) return value;
  throw new TypeError(`${name} must be given an object, not ${kind(value)}`);
}

/** @returns {string | Uint8Array} */
export function body(body) {
  if (typeof body === "string") return body;
  if (typeof body !== "object" || body === null) throw new TypeError(`\`body\` must be the raw body: a string, a Uint8Array or an ArrayBuffer, not ${kind(body)}`);
  const found = bytes(body);
  if (found === undefined) throw new TypeError(`${RAW_BODY} This one is ${kind(body)}.`);
  return found;
}

const RAW_BODY = `\`body\` must be the raw request body, as a string, Uint8Array or ArrayBuffer: the signature is over the very bytes that were sent, and a parsed body that is written again has others (key order, spaces, escapes).
  Express:          app.post("/in", express.raw({ type: "*/*" }), (req) => verify({ body: req.body, … })), before any express.json()
  Next, app router: body: await request.text()
  Next, pages:      export const config = { api: { bodyParser: false } }, then collect the chunks of req
  Hono:             body: await c.req.text()
  Fastify:          fastify.addContentTypeParser("application/json", { parseAs: "buffer" }, (req, body, done) => done(null, body)), then request.body
  Workers:          body: await request.text()
`;

/**
 * The headers that `known` has an index for, or all of them where there is no `known`: names (or
 * indices) and values in turn, one pair for each header line.
 */
export function lines(headers, known) {
  if (typeof headers !== "object" || headers === null) throw wrongHeaders(headers);
  const found = [];
  if (Array.isArray(headers) || headers instanceof Map) {
    for (const pair of headers) {
      if (!Array.isArray(pair) || typeof pair[0] !== "string") throw wrongHeaders(headers);
      const place = known ? placeOf(known, pair[0]) : pair[0];
      if (place !== undefined) add(found, place, pair[0], pair[1]);
    }
  } else if (typeof headers.get === "function" && typeof headers.forEach === "function") {
    if (FORMS.has(headers[Symbol.toStringTag])) throw wrongHeaders(headers);
    if (known) {
      for (const [name, place] of known.names) {
        const value = headers.get(name);
        if (typeof value === "string") found.push(place, value);
        else if (value != null) throw wrongHeaders(headers);
      }
    } else {
      headers.forEach((value, name) => add(found, name, name, value));
    }
  } else {
    if (!known) refuseOthers(headers);
    for (const name in headers) {
      // Most are none of those that are read: told by a look at the length.
      if (known && !known.lengths[name.length]) continue;
      const place = known ? placeOf(known, name) : name;
      if (place === undefined || !Object.hasOwn(headers, name)) continue;
      const value = headers[name];
      if (typeof value === "string") found.push(place, value);
      else add(found, place, name, value);
    }
    // Not before: what is no record of headers has none, and a record need not pay for the question.
    if (known && found.length === 0) refuseOthers(headers);
  }
  return found;
}

/** They answer as a `Headers` does, and are the body's or the URL's. */
const FORMS = new Set(["URLSearchParams", "FormData"]);

/** Bytes, a promise, a whole request: what looks like a record without headers would be refused as a request without them. */
function refuseOthers(headers) {
  const inner = headers.headers;
  const isRequest = typeof inner === "object" && inner !== null && !Array.isArray(inner);
  if (isRequest) throw wrongHeaders(headers, ": it has `headers` of its own, so pass `request.headers`");
  if (Object.prototype.toString.call(headers) !== "[object Object]") throw wrongHeaders(headers);
}

/** The headers that a scheme reads, found by name in any case. */
export function known(names) {
  const lengths = [];
  for (const name of names) lengths[name.length] = true;
  return { names: new Map(names.map((name, place) => [name, place])), lengths };
}

function add(found, place, name, value) {
  if (typeof value === "string") {
    found.push(place, value);
  } else if (Array.isArray(value) && value.every((each) => typeof each === "string")) {
    for (const each of value) found.push(place, each);
  } else if (value !== undefined) {
    throw new TypeError(`\`headers\`: the value of \`${name}\` must be a string or an array of strings, not ${kind(value)}`);
  }
}

function placeOf({ names }, name) {
  const place = names.get(name);
  if (place !== undefined) return place;
  // Names are compared in ASCII alone: in Unicode the Kelvin sign is a `k`, too.
  const lower = names.get(name.toLowerCase());
  return lower === undefined || FOREIGN.test(name) ? undefined : lower;
}

const FOREIGN = /[^\0-\x7f]/;

function wrongHeaders(headers, hint = "") {
  return new TypeError(`\`headers\` must be a Headers, a record of strings, or an array of [name, value], not ${kind(headers)}${hint}`);
}

/** What something is, without showing it: it may be a secret. */
function kind(value) {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value !== "object") return typeof value === "undefined" ? "undefined" : `a ${typeof value}`;
  if (typeof value.then === "function") return "a promise: `await` it";
  const name = value.constructor?.name;
  return name && name !== "Object" ? `an object of the class ${name}` : "an object";
}
