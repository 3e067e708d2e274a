/**
 * The verifier's WebAssembly module, called from JavaScript: `crates/wasm/src/lib.rs` says what its
 * functions do, `frame.rs` there how their arguments and answers are written.
 *
 * Plain values in, plain values out. Not here: the kinds of arguments that people pass (inputs.js),
 * and where the module comes from (entry/).
 */
import { lengthOf } from "./bytes.js";
import { WebhookVerificationError } from "./errors.js";

const ABSENT = 0xffff_ffff;
/** The module keeps at least this much room for arguments, so that most calls ask for none. */
const ROOM = 1 << 16;
/** Up to here a loop writes a text faster than the encoder that must be called for it, */
const SHORT = 160;
/** and than the host's own. */
const VERY_SHORT = 20;

/** The longest hash, of SHA-512: the module has no more room for it. */
const LONGEST = 64;

/** What a call may hand over, in bytes: blocks of the module's memory are no larger than twice this. */
const LARGEST = 512 << 20;
/** From how many units on a text is encoded before its room is asked for. */
const LARGE = 64 << 10;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** One instance of the module, and the views of its memory. */
export class Module {
  #wasm;
  #generation = 1;
  #exports;
  #memory;
  #host;
  #bytes;
  #numbers;
  /** The same, where the host's own class writes texts. */
  #buffer;
  /** Where the room for arguments starts, and its length. */
  #room = 0;
  #capacity = 0;
  /** How much of the room the arguments of the next call take. */
  #length = 0;
  /** What the host is to hash, while a call runs. */
  #outside;
  #failure;

  /**
   * @param {WebAssembly.Module} wasm
   * @param {import("./host.js").Host} [host] who hashes large bodies
   */
  constructor(wasm, host) {
    this.#wasm = wasm;
    this.#host = host;
    this.#instantiate();
  }

  /** Which instance has the verifiers of now: one that has failed takes its own with it. */
  get generation() {
    return this.#generation;
  }

  #instantiate() {
    const inner = (secret, before, beforeLength, after, afterLength, out) => this.#inner(secret, before, beforeLength, after, afterLength, out);
    this.#exports = new WebAssembly.Instance(this.#wasm, { host: { inner } }).exports;
    this.#memory = this.#exports.memory;
    this.#bytes = undefined;
    this.#capacity = 0;
    this.#look();
  }

  /**
   * An instance that was left by a trap is used no more: its stack was not unwound, and what it had
   * half written stays. The next call gets a new one.
   */
  #failed(cause) {
    this.#exports = undefined;
    this.#memory = this.#bytes = this.#numbers = this.#buffer = this.#failure = undefined;
    this.#generation += 1;
    return new Error(`hookgate: the WebAssembly module failed (${cause?.message}), and nothing is known of this request. The next call has a new instance of it`, { cause });
  }

  /** Calls an export. */
  #call(name, ...of) {
    try {
      return this.#exports[name](...of);
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /** How large the module's memory is: it never shrinks. */
  memoryBytes() {
    return this.#memory?.buffer.byteLength ?? 0;
  }

  /** Whether this build has a function. */
  has(name) {
    if (!this.#exports) this.#instantiate();
    return name in this.#exports;
  }

  /** From how many bytes on a body is better hashed by the host. */
  get threshold() {
    return this.#host?.threshold ?? Infinity;
  }

  /** All schemes of this build. */
  schemes() {
    this.#start();
    this.#call("schemes");
    const fields = this.#answer();
    const schemes = [];
    for (let at = 0; at < fields.length; at += 6) {
      const [name, title, documentation, confidence, tolerance, flags] = fields.slice(at, at + 6).map(text);
      schemes.push({ name, title, documentation, confidence, tolerance: number(tolerance), flags: [...flags].map((flag) => flag === "1") });
    }
    return schemes;
  }

  /**
   * Prepares a scheme with its secrets, and gives the number that the other calls ask for.
   *
   * @param {object} setup
   * @param {string} setup.scheme its name, or its description in JSON
   * @param {string[]} setup.secrets
   * @param {number} [setup.toleranceSecs]
   * @param {boolean} [setup.signing] whether the secrets are those of the sender
   * @param {{header?: string, algorithm?: string, encoding?: string, prefix?: string, user?: string}} [setup.options]
   * @param {string} [setup.verifyToken]
   * @returns {{number: number, scheme: string, outside?: {hash: string, pads: Uint8Array[]}, headers?: string[]}}
   * `outside` where bodies can be hashed by the host, `headers` where no others are read of such requests
   */
  prepare(setup) {
    this.#start();
    this.#setup(setup);
    const prepared = this.#call("verifier", this.#length);
    if (prepared === 0) this.#refuse();
    const fields = this.#answer();
    this.#wipe();
    const [scheme, hash, count, ...rest] = fields;
    const headers = count && rest.splice(0, Number(text(count))).map(text);
    return { number: prepared, scheme: text(scheme), headers, outside: hash && { hash: text(hash), pads: rest } };
  }

  /** Forgets what `prepare` made, `outside` too. */
  release(verifier, generation = this.#generation, outside = undefined) {
    for (const pad of outside?.pads ?? []) {
      this.#host?.forget?.(pad);
      pad.fill(0);
    }
    if (this.#exports && generation === this.#generation) this.#call("release", verifier);
  }

  /**
   * Whether a request verifies, for verifiers that have `outside`.
   *
   * @param {number} verifier
   * @param {Request} request
   * @param {number} now in unix seconds
   * @param {{hash: string, pads: Uint8Array[]}} [outside] lets the host hash the body
   * @returns {number} bit 1 if protected from replay, bit 2 if there is a `timestamp()`, from bit 3 the secret's index
   */
  judge(verifier, request, now, outside) {
    this.#start();
    if (!outside) {
      this.#request(request, request.body);
      const verdict = this.#judged(verifier, now, 0);
      if (verdict === 0) this.#refuse();
      return verdict;
    }
    this.#request(request, undefined);
    outside.body = request.body;
    this.#outside = outside;
    let verdict;
    try {
      verdict = this.#judged(verifier, now, 1);
    } finally {
      this.#outside = outside.body = undefined;
    }
    if (this.#failure) this.#rethrow();
    if (verdict === 0) this.#refuse();
    return verdict;
  }

  /** As `#call`, for the call that everybody waits for. */
  #judged(verifier, now, outside) {
    try {
      return this.#exports.judge(verifier, this.#length, now, outside);
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /** The timestamp of the last verdict, in unix seconds. */
  timestamp() {
    return this.#exports.timestamp();
  }

  /** Id, type and events of a request that `judge` has verified. */
  describe(verifier, request) {
    this.#start();
    this.#request(request, request.body);
    if (this.#call("describe", verifier, this.#length) !== 0) this.#refuse();
    return this.#event(this.#answer());
  }

  /** Judges a request, and reads everything that it says. */
  verify(verifier, request, now) {
    this.#start();
    this.#request(request, request.body);
    if (this.#call("verify", verifier, this.#length, now) !== 0) this.#refuse();
    return this.#event(this.#answer());
  }

  /** What to do about a request if it is a handshake; `undefined` if it is none. */
  handshake(verifier, request, now) {
    this.#start();
    this.#request(request, request.body);
    if (this.#call("handshake", verifier, this.#length, now) !== 0) this.#refuse();
    const [kind, ...rest] = this.#answer();
    if (!kind) return undefined;
    if (text(kind) === "get") {
      const [url, topic, undoes] = rest.map(text);
      return { kind: "get", url, topic, undoesUnsubscription: undoes === "1" };
    }
    const [status, body, ...headers] = rest;
    return { kind: "answer", status: Number(text(status)), headers: pairs(headers), body: text(body) };
  }

  /**
   * The signed form of an outgoing event.
   *
   * @param {number} verifier
   * @param {{id: string, type?: string, method?: string, url?: string, contentType?: string, body: string | Uint8Array}} event
   * @param {number} now in unix seconds
   * @returns {{url: string, body: Uint8Array, headers: [string, string][]}}
   */
  sign(verifier, { id, type, method, url, contentType, body }, now) {
    this.#start();
    for (const field of [id, type, method, url, contentType, body]) this.#write(field);
    if (this.#call("sign", verifier, this.#length, now) !== 0) this.#refuse();
    const [target, signed, ...headers] = this.#answer();
    return { url: text(target), body: signed, headers: pairs(headers) };
  }

  /** Hands in the certificate that a refusal `needs_certificate` asked for. */
  addCertificate(verifier, url, pem, now) {
    this.#start();
    this.#write(url);
    this.#write(pem);
    if (this.#call("add_certificate", verifier, this.#length, now) !== 0) this.#refuse();
  }

  /** Why a request is refused. */
  explain(setup, request, now) {
    this.#start();
    this.#text("");
    this.#setup(setup);
    // The set-up is one field, of which only now is known how long it is.
    this.#numbers.setUint32(this.#room, this.#length - 4, true);
    this.#request(request, request.body);
    if (this.#call("explain", this.#length, now) !== 0) this.#refuse();
    return diagnosis(this.#answer().map(text));
  }

  #setup({ scheme, secrets, toleranceSecs, signing, options = {}, verifyToken }) {
    const { header, algorithm, encoding, prefix, user } = options;
    const role = signing ? "signing" : undefined;
    for (const field of [scheme, toleranceSecs?.toString(), role, header, algorithm, encoding, prefix, user, verifyToken, ...secrets]) this.#write(field);
  }

  /** @param {Request} request `lines` are names and values in turn; a name may be the index of a known header */
  #request({ method, url, lines }, body) {
    this.#write(method);
    this.#write(url);
    this.#write(body);
    for (let at = 0; at < lines.length; at += 2) {
      const name = lines[at];
      if (typeof name === "number") this.#known(name, lines[at + 1]);
      else {
        this.#text(name);
        this.#text(lines[at + 1]);
      }
    }
  }

  /** A header of a known place: nearly all that are written, and nearly all of them short. */
  #known(place, value) {
    const { length } = value;
    const at = this.#reserve(length > LARGE ? 5 : 9 + 3 * length);
    const numbers = this.#numbers;
    numbers.setUint32(at, 1, true);
    this.#bytes[at + 4] = place;
    this.#length += 5;
    if (length > LARGE) {
      this.#text(value);
    } else {
      const written = this.#put(value, at + 9);
      numbers.setUint32(at + 5, written, true);
      this.#length += 4 + written;
    }
  }

  /** Begins the arguments of a call. */
  #start() {
    this.#length = 0;
    if (!this.#exports) this.#instantiate();
    // A body that asked for much room once must not keep it: asked for less, the module gives it back.
    if (this.#capacity !== ROOM) this.#ask(ROOM);
    else if (this.#bytes.length === 0) this.#look();
  }

  #ask(length) {
    this.#room = this.#call("room", length) >>> 0;
    this.#capacity = length;
    this.#look();
  }

  /** After anything that may have made the memory larger, for that leaves the old views empty. */
  #look() {
    if (this.#bytes?.length > 0) return;
    const { buffer } = this.#memory;
    this.#bytes = new Uint8Array(buffer);
    this.#numbers = new DataView(buffer);
    this.#buffer = this.#host?.buffer?.(buffer);
  }

  /** Where the next field goes, with room for `length` bytes of it. */
  #reserve(length) {
    const end = this.#length + 4 + length;
    if (end > LARGEST) throw new RangeError("the request is larger than 512 MiB");
    // With some room for what follows: the headers behind a large body.
    if (end > this.#capacity) this.#ask(end + (end >> 4) + ROOM);
    return this.#room + this.#length;
  }

  #write(field) {
    if (typeof field === "string") {
      this.#text(field);
    } else if (field === undefined) {
      this.#numbers.setUint32(this.#reserve(0), ABSENT, true);
      this.#length += 4;
    } else {
      const length = lengthOf(field);
      const at = this.#reserve(length);
      this.#numbers.setUint32(at, length, true);
      this.#bytes.set(field, at + 4);
      this.#length += 4 + length;
    }
  }

  #text(value) {
    // Three bytes for each unit, in memory that is never given back, would be too much of a large text.
    if (value.length > LARGE) return this.#write(encoder.encode(value));
    // No character takes more than three bytes for each of its units.
    const at = this.#reserve(3 * value.length);
    const written = this.#put(value, at + 4);
    this.#numbers.setUint32(at, written, true);
    this.#length += 4 + written;
  }

  /** Writes a text there, where there is room for it: how many bytes it has. */
  #put(value, at) {
    const { length } = value;
    const text = this.#buffer;
    if (text) {
      if (length <= VERY_SHORT && this.#ascii(value, at)) return length;
      return text.write(value, at);
    }
    if (length <= SHORT && this.#ascii(value, at)) return length;
    return encoder.encodeInto(value, this.#bytes.subarray(at, at + 3 * length)).written;
  }

  #ascii(value, at) {
    const bytes = this.#bytes;
    for (let index = 0; index < value.length; index += 1) {
      const unit = value.charCodeAt(index);
      if (unit > 0x7f) return false;
      bytes[at + index] = unit;
    }
    return true;
  }

  /** What the module imports: the hash of the body between two texts, written to `out`. */
  #inner(secret, before, beforeLength, after, afterLength, out) {
    try {
      this.#look();
      // Addresses of the upper half arrive as negative numbers.
      const [from, until, to] = [before >>> 0, after >>> 0, out >>> 0];
      const { hash, pads, body } = this.#outside;
      const bytes = this.#bytes;
      const digest = this.#host.inner(hash, pads[secret], bytes, from, beforeLength, body, until, afterLength);
      if (digest.length > LONGEST) throw new RangeError("the host's hash is longer than any");
      for (let index = 0; index < digest.length; index += 1) bytes[to + index] = digest.charCodeAt(index);
      return digest.length;
    } catch (error) {
      // Not through the module, whose stack would not be unwound.
      this.#failure = error;
      return 0;
    }
  }

  #rethrow() {
    const failure = this.#failure;
    this.#failure = undefined;
    throw failure;
  }

  /** The fields of the last answer; their bytes are copies. */
  #answer() {
    const start = this.#exports.output() >>> 0;
    const end = start + (this.#exports.output_length() >>> 0);
    this.#look();
    const fields = [];
    for (let at = start; at < end; ) {
      const length = this.#numbers.getUint32(at, true);
      at += 4;
      if (length === ABSENT) {
        fields.push(undefined);
        continue;
      }
      fields.push(this.#bytes.slice(at, at + length));
      at += length;
    }
    return fields;
  }

  /** Clears an answer that held keys. */
  #wipe() {
    const start = this.#exports.output() >>> 0;
    this.#bytes.fill(0, start, start + (this.#exports.output_length() >>> 0));
  }

  #event(fields) {
    const [, id, type, timestamp, keyIndex, replayProtected, idSigned, ...inner] = fields.map(text);
    const events = [];
    for (let at = 0; at < inner.length; at += 4) {
      events.push({ id: inner[at], type: inner[at + 1], start: Number(inner[at + 2]), end: Number(inner[at + 3]) });
    }
    return {
      id,
      type,
      timestamp: number(timestamp),
      keyIndex: Number(keyIndex),
      replayProtected: replayProtected === "1",
      idSigned: idSigned === "1",
      events,
    };
  }

  #refuse() {
    const [code, stage, message, ...rest] = this.#answer().map(text);
    throw new WebhookVerificationError(code, stage, message, rest);
  }
}

/**
 * @typedef {object} Request
 * @property {string} [method]
 * @property {string} [url]
 * @property {(string | number)[]} lines
 * @property {string | Uint8Array} [body]
 */

function diagnosis([scheme, refusal, report, tried, untried, checkCount, ...rest]) {
  let at = 0;
  const next = () => rest[at++];
  const checks = Array.from({ length: Number(checkCount) }, () => {
    const check = { name: next(), verdict: next(), summary: next(), data: [] };
    for (let left = Number(next()); left > 0; left -= 1) check.data.push([next(), next()]);
    return check;
  });
  const causes = [];
  while (at < rest.length) causes.push({ code: next(), certain: next() === "1", meaning: next(), detail: next(), remedy: next() });
  return { scheme, refusal, report, tried: Number(tried), untried: Number(untried), checks, causes };
}

function pairs(fields) {
  const found = [];
  for (let at = 0; at < fields.length; at += 2) found.push([text(fields[at]), text(fields[at + 1])]);
  return found;
}

function text(field) {
  return field && decoder.decode(field);
}

function number(value) {
  return value === undefined ? undefined : Number(value);
}
