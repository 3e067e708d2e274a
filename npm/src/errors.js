/** The one error of the verifier. Wrong kinds of arguments are `TypeError`s (inputs.js). */

/** The data that are numbers in Rust. */
const NUMBERS = new Set(["index", "minimum", "now", "secrets", "signatures", "timestamp", "tolerance", "difference"]);

/** What to answer the sender, by the stage at which the error arose. */
const STATUS = { malformed: 400, unauthenticated: 401, incomplete: 503 };

export class WebhookVerificationError extends Error {
  /**
   * @param {string} code
   * @param {string} stage
   * @param {string} message
   * @param {string[]} data names and values in turn
   */
  constructor(code, stage, message, data) {
    super(message);
    this.code = code;
    this.stage = stage;
    this.data = {};
    for (let at = 0; at < data.length; at += 2) {
      const name = data[at];
      this.data[name] = NUMBERS.has(name) ? Number(data[at + 1]) : data[at + 1];
    }
  }

  /** The address to fetch, of `needs_certificate`. */
  get url() {
    return this.code === "needs_certificate" ? this.data.url : undefined;
  }

  get status() {
    return STATUS[this.stage] ?? 500;
  }

  is(code) {
    return this.code === code;
  }
}

// On the prototype, as the names of all errors are: minified code keeps it, and logs do not repeat it.
Object.defineProperty(WebhookVerificationError.prototype, "name", { value: "WebhookVerificationError", configurable: true, writable: true });
