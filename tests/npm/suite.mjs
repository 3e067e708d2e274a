/**
 * The vectors, judged by the package's functions, as a report: a line for each, with all that was
 * answered. It asks nothing of its runtime, so that the reports of all of them can be compared byte
 * for byte.
 */

/** The names that the vectors have for schemes, where they are others than ours. */
const NAMES = {
  "standard-webhooks": "standard",
  "messagebird-jwt": "messagebird",
  "vonage-jwt": "vonage",
  "vonage-sig": "vonage-legacy",
  "plivo-v3": "plivo",
  "adyen-payments": "adyen",
  "hubspot-v3": "hubspot",
  "gitlab-token": "gitlab",
  "okta-token": "okta",
  "okta-challenge": "okta",
};

/** Rows that need a switch which the package does not offer: no replay check, a claim not compared. */
const offered = ({ opts }) => opts.tolerance_s !== null && opts.check_iss !== false && opts.check_payload_hash !== false;

/** The names of the rows of public keys. */
const KEYS = { sns: "aws-sns", "standard-webhooks-v1a": "standard" };

/** A row whose certificate was not kept: its key cannot be handed in. */
const hasCertificate = ({ secret_or_key: key }) => typeof key === "string" || key.cert_pem !== undefined;

/**
 * @param {typeof import("hookgate")} hookgate
 * @param {string} vectors lines of JSON, as `crates/verify/tests` has them
 * @returns {{report: string, judged: number, wrong: string[]}} `wrong` are the rows of another verdict
 */
export function judgeVectors({ verify, schemes }, vectors) {
  return judgeRows(schemes, parsed(vectors, NAMES).filter(offered), (row) => verify(request(secretOf(row), row)));
}

/** The same over `vectors-asymmetric.jsonl`: certificates are handed in where they are asked for. */
export function judgeKeys({ Verifier, schemes }, vectors) {
  // Rows of Svix are of the same family, under the other names of headers.
  const rows = parsed(vectors, KEYS).map((row) => ("svix-id" in row.headers ? { ...row, scheme: "svix" } : row));
  return judgeRows(schemes, rows.filter(hasCertificate), (row) => {
    const { scheme, secret_or_key: key, now } = row;
    const body = JSON.parse(new TextDecoder().decode(bodyOf(row)));
    const verifier = new Verifier({ scheme, secret: typeof key === "string" ? key : (key.webhook_id ?? body.TopicArn ?? "arn:aws:sns:us-east-1:123456789012:topic") });
    try {
      return verifier.verify(request(undefined, row));
    } catch (error) {
      if (!error.is?.("needs_certificate")) throw error;
      verifier.addCertificate(error.url, key.cert_pem, { now });
      return verifier.verify(request(undefined, row));
    }
  });
}

/** And over `signed.jsonl`, whose rows are all valid. */
export function judgeSigned({ verify, schemes }, vectors) {
  const rows = parsed(vectors, {}).map((row, index) => ({ ...row, id: `signed-${index}`, expect: "valid" }));
  return judgeRows(schemes, rows, verify);
}

function judgeRows(schemes, rows, verdict) {
  const known = new Set(schemes().map(({ name }) => name));
  const lines = [];
  const wrong = [];
  for (const row of rows) {
    if (!known.has(row.scheme)) continue;
    const { is, line } = told(() => verdict(row));
    lines.push(`${row.id} ${line}`);
    if (is !== row.expect) wrong.push(`${row.id}: ${row.expect} expected, ${line}`);
  }
  return { report: `${lines.join("\n")}\n`, judged: lines.length, wrong };
}

function told(verdict) {
  try {
    return { is: "valid", line: JSON.stringify(verdict()) };
  } catch (error) {
    const { name, code, stage, data, message } = error;
    return { is: "invalid", line: JSON.stringify({ name, code, stage, data, message }) };
  }
}

function parsed(vectors, names) {
  const rows = vectors.trim().split("\n").map((line) => JSON.parse(line));
  return rows.map((row) => ({ ...row, scheme: names[row.scheme] ?? row.scheme }));
}

const bodyOf = (row) => Uint8Array.from(atob(row.body_base64), (byte) => byte.charCodeAt(0));

function secretOf({ secret_or_key: key }) {
  return typeof key === "string" ? key : [key.primary, key.secondary].filter((text) => text != null);
}

function request(secret, row) {
  const { scheme, opts, method, url, headers, now } = row;
  const options = { header: opts.header ?? undefined, algorithm: opts.algo ?? undefined };
  return { scheme, secret, toleranceSecs: opts.tolerance_s, options, method, url, headers, body: bodyOf(row), now: now ?? 0 };
}
