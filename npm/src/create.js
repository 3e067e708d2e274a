/**
 * The functions of the package over one instance of the module. Each of the entries (entry/) makes
 * one, with the module as its runtime loads it.
 */
import { WebhookVerificationError } from "./errors.js";
import { VerifiedEvent } from "./event.js";
import * as inputs from "./inputs.js";
import { openMessage } from "./message.js";

/** As many endpoints as one process has. Beyond them `verify` prepares the keys anew. */
const REMEMBERED = 64;

/** @param {import("./module.js").Module} module */
export function create(module) {
  // A verifier that nobody holds any more gives its keys back, to be wiped.
  const registry = globalThis.FinalizationRegistry && new FinalizationRegistry((number) => module.release(number));

  class Verifier {
    #number;
    #scheme;
    #known;
    #outside;
    // Bytes can have been changed since they were verified, so that they are judged once more.
    #describe = (request) => {
      if (typeof request.body !== "string") this.#judge(request);
      return module.describe(this.#number, request);
    };

    constructor(setup) {
      const prepared = module.prepare(READ.has(setup) ? setup : read(inputs.object("`new Verifier`", setup)));
      this.#number = prepared.number;
      this.#scheme = prepared.scheme;
      this.#outside = prepared.outside;
      this.#known = prepared.headers && inputs.known(prepared.headers);
      registry?.register(this, prepared.number);
    }

    get scheme() {
      return this.#scheme;
    }

    verify(request) {
      const { headers, now } = inputs.object("`verify`", request);
      const body = inputs.body(request.body);
      const method = inputs.optional("method", request.method, "string");
      const url = inputs.optional("url", request.url, "string");
      const moment = inputs.now(now);
      const judged = { method, url, lines: inputs.lines(headers, this.#known), body, moment };
      if (!this.#outside) {
        const event = module.verify(this.#number, judged, moment);
        const verdict = (event.keyIndex << 3) | (event.replayProtected ? 2 : 0);
        return new VerifiedEvent(this.#scheme, verdict, event.timestamp, () => event);
      }
      const verdict = this.#judge(judged);
      return new VerifiedEvent(this.#scheme, verdict, verdict & 4 ? module.timestamp() : undefined, this.#describe, judged);
    }

    #judge(request) {
      const outside = request.body.length < module.threshold ? undefined : this.#outside;
      return module.judge(this.#number, request, request.moment, outside);
    }

    handshake(request) {
      needs("handshake");
      inputs.object("`handshake`", request);
      const { headers, now } = request;
      const body = request.body === undefined ? "" : inputs.body(request.body);
      const method = inputs.needed("method", request.method, "string").toUpperCase();
      const url = inputs.needed("url", request.url, "string");
      return module.handshake(this.#number, { method, url, lines: inputs.lines(headers), body }, inputs.now(now));
    }

    sign(event) {
      needs("sign");
      inputs.object("`sign`", event);
      const body = inputs.body(event.body);
      const outgoing = { id: inputs.needed("id", event.id, "string"), body };
      for (const name of ["type", "method", "url", "contentType"]) outgoing[name] = inputs.optional(name, event[name], "string");
      const signed = module.sign(this.#number, outgoing, inputs.now(event.now));
      return { url: signed.url, headers: Object.fromEntries(signed.headers), body: signed.body };
    }

    addCertificate(url, pem, { now } = {}) {
      needs("add_certificate", "addCertificate");
      module.addCertificate(this.#number, inputs.needed("url", url, "string"), inputs.needed("pem", pem, "string"), inputs.now(now));
    }
  }

  function needs(name, spoken = name) {
    if (!module.has(name)) throw new TypeError(`\`${spoken}\` is not in \`hookgate/hmac\`: import it from \`hookgate\``);
  }

  const remembered = new Map();
  let last = {};

  /** The verifier of this set-up: prepared at its first use. */
  function verifierOf(setup) {
    // Read once: what a getter answers twice may differ, and one key would stand for another.
    const { scheme, secret, toleranceSecs, options, verifyToken, signing } = setup;
    const simple = typeof secret === "string" && typeof scheme === "string" && !options && verifyToken === undefined;
    if (simple && scheme === last.scheme && secret === last.secret && toleranceSecs === last.toleranceSecs && signing === last.signing) return last.verifier;
    const plain = read({ scheme, secret, toleranceSecs, options, verifyToken, signing });
    const key = JSON.stringify(plain);
    let verifier = remembered.get(key);
    if (verifier) {
      remembered.delete(key);
    } else {
      verifier = new Verifier(plain);
      if (remembered.size >= REMEMBERED) remembered.delete(remembered.keys().next().value);
    }
    remembered.set(key, verifier);
    if (simple) last = { scheme, secret, toleranceSecs, signing, verifier };
    return verifier;
  }

  function verify(request) {
    return verifierOf(inputs.object("`verify`", request)).verify(request);
  }

  function sign(event) {
    return verifierOf({ ...inputs.object("`sign`", event), signing: true }).sign(event);
  }

  function handshake(request) {
    return verifierOf(inputs.object("`handshake`", request)).handshake(request);
  }

  function explain(request) {
    inputs.object("`explain`", request);
    const method = inputs.optional("method", request.method, "string");
    const url = inputs.optional("url", request.url, "string");
    const seen = { method, url, lines: inputs.lines(request.headers), body: inputs.body(request.body) };
    return module.explain(read(request), seen, inputs.now(request.now));
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

/** What an endpoint is set up with. */
function read({ scheme, secret, toleranceSecs, options, verifyToken, signing }) {
  if (options !== undefined) {
    inputs.object("`options`", options);
    const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name));
    if (unknown !== undefined) throw new TypeError(`\`options.${unknown}\` is no option: they are ${OPTIONS.join(", ")}`);
    options = Object.fromEntries(OPTIONS.map((name) => [name, inputs.optional(`options.${name}`, options[name], "string")]));
  }
  const plain = {
    scheme: inputs.scheme(scheme),
    secrets: inputs.secrets(secret),
    toleranceSecs: inputs.optional("toleranceSecs", toleranceSecs, "number"),
    signing: inputs.optional("signing", signing, "boolean"),
    options,
    verifyToken: inputs.optional("verifyToken", verifyToken, "string"),
  };
  READ.add(plain);
  return plain;
}
