/**
 * The verifier's WebAssembly module, called from JavaScript: `../src/lib.rs` says what its functions
 * do, `../src/frame.rs` how their arguments and answers are written.
 *
 * Plain values in, plain values out, errors with a `code`; an `undefined` secret or header is one
 * (`missing_argument`). Not here: the kinds of arguments that
 * people pass (`Headers`, records, dates), and where the module comes from.
 */
const ABSENT = 0xffff_ffff;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A refusal of the verifier, with its stable `code`. */
export class Refusal extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** The functions of one instance of the module. */
export class Module {
  #exports;

  /** @param {WebAssembly.Module} module */
  constructor(module) {
    this.#exports = new WebAssembly.Instance(module).exports;
  }

  /** How large the module's memory is: it never shrinks. */
  memoryBytes() {
    return this.#exports.memory.buffer.byteLength;
  }

  /** The names of all schemes of this build. */
  schemes() {
    this.#exports.schemes();
    return this.#answer().map(text);
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
   */
  verifier({ scheme, secrets, toleranceSecs, signing, options = {}, verifyToken }) {
    const { header, algorithm, encoding, prefix, user } = options;
    const tolerance = toleranceSecs?.toString();
    this.#ask([scheme, tolerance, signing ? "signing" : undefined, header, algorithm, encoding, prefix, user, verifyToken, ...secrets]);
    const number = this.#exports.verifier();
    if (number === 0) this.#refuse();
    return number;
  }

  /** Forgets what `verifier` made. */
  release(verifier) {
    this.#exports.release(verifier);
  }

  /**
   * Judges a request.
   *
   * @param {number} verifier
   * @param {{method: string, url: string, headers: [string, string | Uint8Array][], body: string | Uint8Array}} request
   * @param {number} now in unix seconds
   */
  verify(verifier, { method, url, headers, body }, now) {
    this.#ask([method, url, body, ...headers.flat()]);
    if (this.#exports.verify(verifier, now) !== 0) this.#refuse();
    const [scheme, id, type, timestamp, keyIndex, replayProtected, idSigned, ...inner] = this.#answer().map(text);
    const events = [];
    for (let at = 0; at < inner.length; at += 4) {
      events.push({ id: inner[at], type: inner[at + 1], start: Number(inner[at + 2]), end: Number(inner[at + 3]) });
    }
    return {
      scheme,
      id,
      type,
      timestamp: timestamp === undefined ? undefined : Number(timestamp),
      keyIndex: Number(keyIndex),
      replayProtected: replayProtected === "1",
      idSigned: idSigned === "1",
      events,
    };
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
    this.#ask([id, type, method, url, contentType, body]);
    if (this.#exports.sign(verifier, now) !== 0) this.#refuse();
    const [target, signed, ...rest] = this.#answer();
    const headers = [];
    for (let at = 0; at < rest.length; at += 2) headers.push([text(rest[at]), text(rest[at + 1])]);
    return { url: text(target), body: signed, headers };
  }

  /** Writes the fields of a call. */
  #ask(fields) {
    const bytes = fields.map((field) => (typeof field === "string" ? encoder.encode(field) : field));
    const length = bytes.reduce((sum, field) => sum + 4 + (field?.length ?? 0), 0);
    let at = this.#exports.input(length);
    // After `input`, which may have moved the memory.
    const memory = new Uint8Array(this.#exports.memory.buffer);
    const numbers = new DataView(this.#exports.memory.buffer);
    for (const field of bytes) {
      numbers.setUint32(at, field?.length ?? ABSENT, true);
      at += 4;
      if (!field) continue;
      memory.set(field, at);
      at += field.length;
    }
  }

  /** The fields of the last answer; their bytes are copies. */
  #answer() {
    const start = this.#exports.output();
    const end = start + this.#exports.output_length();
    const memory = new Uint8Array(this.#exports.memory.buffer);
    const numbers = new DataView(this.#exports.memory.buffer);
    const fields = [];
    for (let at = start; at < end; ) {
      const length = numbers.getUint32(at, true);
      at += 4;
      if (length === ABSENT) {
        fields.push(undefined);
        continue;
      }
      fields.push(memory.slice(at, at + length));
      at += length;
    }
    return fields;
  }

  #refuse() {
    const [code, message] = this.#answer().map(text);
    throw new Refusal(code, message);
  }
}

function text(field) {
  return field && decoder.decode(field);
}
