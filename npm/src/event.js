/** A verified event. */

/**
 * What only some ask for is read at the first question, from the headers and the body that were
 * verified: a large body is not parsed for a type that nobody wants.
 */
export class VerifiedEvent {
  #scheme;
  #verdict;
  #timestamp;
  #describe;
  #request;
  #description;

  constructor(scheme, verdict, timestamp, describe, request) {
    this.#scheme = scheme;
    this.#verdict = verdict;
    this.#timestamp = timestamp;
    this.#describe = describe;
    this.#request = request;
  }

  get scheme() {
    return this.#scheme;
  }

  get id() {
    return this.#described().id;
  }

  get type() {
    return this.#described().type;
  }

  get timestamp() {
    return this.#timestamp;
  }

  get keyIndex() {
    return this.#verdict >>> 3;
  }

  get replayProtected() {
    return (this.#verdict & 2) !== 0;
  }

  get idSigned() {
    return this.#described().idSigned;
  }

  get events() {
    return this.#described().events;
  }

  toJSON() {
    const { scheme, id, type, timestamp, keyIndex, replayProtected, idSigned, events } = this;
    return { scheme, id, type, timestamp, keyIndex, replayProtected, idSigned, events };
  }

  [Symbol.for("nodejs.util.inspect.custom")](_depth, options, inspect) {
    return `VerifiedEvent ${inspect(this.toJSON(), options)}`;
  }

  #described() {
    if (!this.#description) {
      this.#description = this.#describe(this.#request);
      this.#request = undefined;
    }
    return this.#description;
  }
}
