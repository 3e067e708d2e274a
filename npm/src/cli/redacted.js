/**
 * Headers as they are shown: a token, or a password, is the secret itself, and terminals and logs of
 * builds keep what is printed. A signature tells nobody its secret, and stays.
 */

const REDACTED = "[redacted]";
/** Of those that are given with `--header`, what is a credential whatever it says. */
const CREDENTIALS = new Set(["authorization", "proxy-authorization", "cookie"]);

/**
 * @param {[string, string]} header
 * @param {string[]} secrets of the scheme
 * @returns {[string, string]}
 */
export function redacted([name, value], secrets) {
  const known = secrets.flatMap((secret) => [secret, secret.trim()]).filter((secret) => secret !== "");
  const holds = (text) => known.some((secret) => text.includes(secret));
  // RFC 7617: name and password, in base64.
  const [, basic, credentials] = /^(basic +)(.+)$/i.exec(value) ?? [];
  if (basic && holds(Buffer.from(credentials, "base64").toString())) return [name, `${basic}${REDACTED}`];
  return [name, known.reduce((text, secret) => text.replaceAll(secret, REDACTED), value)];
}

/** A header that was typed: it may be the credential of a proxy in front of the endpoint. */
export function redactedOwn([name, value], secrets) {
  return CREDENTIALS.has(name.toLowerCase()) ? [name, REDACTED] : redacted([name, value], secrets);
}
