/**
 * The functions of the package over one instance of the module. Each of the entries (entry/) makes
 * one, with the module as its runtime loads it.
 */
import { lengthOf } from "./bytes.js";
import { WebhookVerificationError } from "./errors.js";
import { VerifiedEvent } from "./event.js";
import * as inputs from "./inputs.js";
import { openMessage } from "./message.js";

/** As many endpoints as one process has. Beyond them `verify` prepares the keys anew. */
const REMEMBERED = 64;

/** @param {import("./module.js").Module} module */
export function create(module) {
  // A verifier that nobody holds any more gives its keys back, to be wiped.
  const registry = globalThis.FinalizationRegistry && new FinalizationRegistry((keys) => forget(keys));

  /** Gives the keys back. What is asked of their verifier later prepares them again. */
  function forget(keys) {
    module.release(keys.number, keys.generation, keys.outside);
    keys.number = 0;
    keys.outside = undefined;
  }

  let keysOf;

  class Verifier {
    #setup;
    #scheme;
    #known;
    /** What the module has prepared: not the verifier itself, or the registry would hold it. */
    #keys = { number: 0, generation: 0, outside: undefined };
    // Bytes can have been changed since they were verified, so that they are judged once more.
    #describe = (request) => {
      if (typeof request.body !== "string") this.#judge(request);
      return module.describe(this.#prepared().number, request);
    };

    static {
      keysOf = (verifier) => verifier.#keys;
    }

    constructor(setup) {
      this.#setup = READ.has(setup) ? setup : read(inputs.object("`new Verifier`", setup));
      const prepared = this.#prepare();
      this.#scheme = prepared.scheme;
      this.#known = prepared.headers && inputs.known(prepared.headers);
      registry?.register(this, this.#keys);
    }

    #prepare() {
      forget(this.#keys);
      const prepared = module.prepare(this.#setup);
      const { number, outside } = prepared;
      Object.assign(this.#keys, { number, generation: module.generation, outside });
      return prepared;
    }

    /**
     * To be asked last: a getter of what is passed may run anything, and so give the keys back.
     *
     * @returns the keys, prepared again if they were given back or the instance that had them has failed
     */
    #prepared() {
      const keys = this.#keys;
      if (keys.number === 0 || keys.generation !== module.generation) this.#prepare();
      return keys;
    }

    get scheme() {
      return this.#scheme;
    }

    verify(request) {
      const { headers, body: given, method, url, now } = inputs.lent() ? own(request) : inputs.object("`verify`", request);
      const body = inputs.body(given);
      if (method !== undefined) inputs.optional("method", method, "string");
      if (url !== undefined) inputs.optional("url", url, "string");
      const moment = inputs.now(now);
      const judged = { method, url, lines: inputs.lines(headers, this.#known), body, moment };
      const keys = this.#prepared();
      if (!keys.outside) {
        const event = module.verify(keys.number, judged, moment);
        const verdict = (event.keyIndex << 3) | (event.replayProtected ? 2 : 0);
        return new VerifiedEvent(this.#scheme, verdict, event.timestamp, () => event);
      }
      const verdict = this.#judge(judged);
      return new VerifiedEvent(this.#scheme, verdict, verdict & 4 ? module.timestamp() : undefined, this.#describe, judged);
    }

    #judge(request) {
      const { number, outside } = this.#prepared();
      const { body } = request;
      const length = typeof body === "string" ? body.length : lengthOf(body);
      return module.judge(number, request, request.moment, length < module.threshold ? undefined : outside);
    }

    handshake(request) {
      needs("handshake");
      inputs.object("`handshake`", request);
      const given = inputs.field(request, "body");
      const body = given === undefined ? "" : inputs.body(given);
      const method = upper(inputs.needed("method", inputs.field(request, "method"), "string"));
      const url = inputs.needed("url", inputs.field(request, "url"), "string");
      const moment = inputs.now(inputs.field(request, "now"));
      const asked = { method, url, lines: inputs.lines(inputs.field(request, "headers")), body };
      return module.handshake(this.#prepared().number, asked, moment);
    }

    sign(event) {
      needs("sign");
      inputs.object("`sign`", event);
      const body = inputs.body(inputs.field(event, "body"));
      const outgoing = { id: inputs.needed("id", inputs.field(event, "id"), "string"), body };
      for (const name of ["type", "method", "url", "contentType"]) outgoing[name] = inputs.optional(name, inputs.field(event, name), "string");
      const moment = inputs.now(inputs.field(event, "now"));
      const signed = module.sign(this.#prepared().number, outgoing, moment);
      return { url: signed.url, headers: Object.fromEntries(signed.headers), body: signed.body };
    }

    addCertificate(url, pem, options = NONE) {
      needs("add_certificate", "addCertificate");
      const moment = inputs.now(inputs.field(inputs.object("`options`", options), "now"));
      module.addCertificate(this.#prepared().number, inputs.needed("url", url, "string"), inputs.needed("pem", pem, "string"), moment);
    }
  }

  function needs(name, spoken = name) {
    if (!module.has(name)) throw new TypeError(`\`${spoken}\` is not in \`hookgate/hmac\`: import it from \`hookgate\``);
  }

  const remembered = new Map();
  let last = NONE;

  /** The verifier of this set-up: prepared at its first use. */
  function verifierOf(setup) {
    // Read once: what a getter answers twice may differ, and one key would stand for another.
    const scheme = inputs.field(setup, "scheme");
    const secret = inputs.field(setup, "secret");
    const toleranceSecs = inputs.field(setup, "toleranceSecs");
    const options = inputs.field(setup, "options");
    const verifyToken = inputs.field(setup, "verifyToken");
    const signing = inputs.field(setup, "signing");
    const simple = typeof secret === "string" && typeof scheme === "string" && !options && verifyToken === undefined;
    if (simple && scheme === last.scheme && secret === last.secret && toleranceSecs === last.toleranceSecs && signing === last.signing) return last.verifier;
    const plain = read({ scheme, secret, toleranceSecs, options, verifyToken, signing });
    const key = JSON.stringify(plain);
    let verifier = remembered.get(key);
    if (verifier) {
      remembered.delete(key);
    } else {
      verifier = new Verifier(plain);
      if (remembered.size >= REMEMBERED) evict(...remembered.entries().next().value);
    }
    remembered.set(key, verifier);
    if (simple) last = { scheme, secret, toleranceSecs, signing, verifier };
    return verifier;
  }

  /** At once: when the verifier is collected nobody knows, and its keys would stay in memory until then. */
  function evict(key, verifier) {
    remembered.delete(key);
    if (last.verifier === verifier) last = NONE;
    forget(keysOf(verifier));
  }

  function verify(request) {
    return verifierOf(inputs.object("`verify`", request)).verify(request);
  }

  function sign(event) {
    return verifierOf({ ...setUp(inputs.object("`sign`", event)), signing: true }).sign(event);
  }

  function handshake(request) {
    return verifierOf(inputs.object("`handshake`", request)).handshake(request);
  }

  function explain(request) {
    inputs.object("`explain`", request);
    const method = inputs.optional("method", inputs.field(request, "method"), "string");
    const url = inputs.optional("url", inputs.field(request, "url"), "string");
    const seen = { method, url, lines: inputs.lines(inputs.field(request, "headers")), body: inputs.body(inputs.field(request, "body")) };
    return module.explain(read(request), seen, inputs.now(inputs.field(request, "now")));
  }

  function schemes() {
    return module.schemes().map(({ name, title, documentation, confidence, tolerance, flags }) => {
      const [signsContent, signsTimestamp, signsId, signsUrl, hasId, hasBatches, hasPublicKeys, hasCertificates, hasVerifyToken, allowsSeveralSignatures] = flags;
      return {
        name,
        ...(title && { title, documentation, confidence }),
        toleranceSecs: tolerance,
        signsContent,
        signsTimestamp,
        signsId,
        signsUrl,
        hasId,
        hasBatches,
        hasPublicKeys,
        hasCertificates,
        hasVerifyToken,
        allowsSeveralSignatures,
      };
    });
  }

  return { verify, Verifier, sign, handshake, explain, schemes, openMessage, WebhookVerificationError };
}

/** What [`read`] has answered, and need not read again. */
const READ = new WeakSet();
const OPTIONS = ["header", "algorithm", "encoding", "prefix", "user"];

/** What a request has that is not everybody's. */
function own(request) {
  inputs.object("`verify`", request);
  const found = Object.create(null);
  for (const name of ["headers", "body", "method", "url", "now"]) found[name] = inputs.field(request, name);
  return found;
}

/** What nothing was said in. */
const NONE = Object.freeze(Object.create(null));

/** What an endpoint is set up with, each property read once. */
function setUp(given) {
  const own = Object.create(null);
  for (const name of ["scheme", "secret", "toleranceSecs", "options", "verifyToken", "signing"]) own[name] = inputs.field(given, name);
  return own;
}

/** The set-up, checked: text for the module. */
function read(given) {
  const { scheme, secret, toleranceSecs, options, verifyToken, signing } = setUp(given);
  const plain = {
    scheme: inputs.scheme(scheme),
    secrets: inputs.secrets(secret),
    toleranceSecs: inputs.optional("toleranceSecs", toleranceSecs, "number"),
    signing: inputs.optional("signing", signing, "boolean"),
    options: options === undefined ? NONE : readOptions(options),
    verifyToken: inputs.optional("verifyToken", verifyToken, "string"),
  };
  READ.add(plain);
  return plain;
}

function readOptions(options) {
  inputs.object("`options`", options);
  const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name));
  if (unknown !== undefined) throw new TypeError(`\`options.${unknown}\` is no option: they are ${OPTIONS.join(", ")}`);
  const known = Object.create(null);
  for (const name of OPTIONS) known[name] = inputs.optional(`options.${name}`, inputs.field(options, name), "string");
  return known;
}

/** Of ASCII alone: what is no method must not become one. */
function upper(method) {
  return method.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}
