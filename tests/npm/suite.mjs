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

/**
 * @param {typeof import("hookgate")} hookgate
 * @param {string} vectors lines of JSON, as `crates/verify/tests` has them
 * @returns {{report: string, judged: number, wrong: string[]}} `wrong` are the rows of another verdict
 */
export function judgeVectors({ verify, schemes }, vectors) {
  const known = new Set(schemes().map(({ name }) => name));
  const rows = vectors.trim().split("\n").map((line) => JSON.parse(line)).filter(offered);
  const lines = [];
  const wrong = [];
  for (const row of rows) {
    const scheme = NAMES[row.scheme] ?? row.scheme;
    if (!known.has(scheme)) continue;
    const { verdict, line } = judge(verify, scheme, row);
    lines.push(`${row.id} ${line}`);
    if (verdict !== row.expect) wrong.push(`${row.id}: ${row.expect} expected, ${line}`);
  }
  return { report: `${lines.join("\n")}\n`, judged: lines.length, wrong };
}

function judge(verify, scheme, row) {
  const { secret_or_key: key, opts } = row;
  const secret = typeof key === "string" ? key : [key.primary, key.secondary].filter((text) => text != null);
  const options = { header: opts.header ?? undefined, algorithm: opts.algo ?? undefined };
  const body = Uint8Array.from(atob(row.body_base64), (byte) => byte.charCodeAt(0));
  try {
    const event = verify({
      scheme,
      secret,
      toleranceSecs: opts.tolerance_s,
      options,
      method: row.method,
      url: row.url,
      headers: row.headers,
      body,
      now: row.now ?? 0,
    });
    return { verdict: "valid", line: JSON.stringify(event) };
  } catch (error) {
    return { verdict: "invalid", line: JSON.stringify({ name: error.name, code: error.code, stage: error.stage, data: error.data, message: error.message }) };
  }
}
