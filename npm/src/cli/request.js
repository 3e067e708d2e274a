/**
 * A request as text: as it goes over the wire, or as `curl -v` prints it, whose lines of the request
 * start with `> ` and whose body stands elsewhere.
 *
 * Bytes, not text: the body is what is signed.
 */
import { Misuse } from "./arguments.js";

const LINE_END = 0x0a;

/** @param {Uint8Array} bytes */
export function parse(bytes) {
  const head = [];
  let at = 0;
  let curl = false;
  for (;;) {
    const end = bytes.indexOf(LINE_END, at);
    const line = Buffer.from(bytes.subarray(at, end < 0 ? bytes.length : end)).toString("latin1").replace(/\r$/, "");
    at = end < 0 ? bytes.length : end + 1;
    if (head.length === 0 && !curl && /^(\*|\{|\}|<|  )/.test(line) && end >= 0) continue; // what curl tells before the request
    const said = /^> ?(.*)$/.exec(line);
    curl ||= head.length === 0 && said !== null;
    const text = curl ? said?.[1] : line;
    if (text === undefined && end >= 0) continue;
    if (text === undefined) break;
    if (text === "" && head.length > 0) break;
    if (text !== "") head.push(text);
    if (end < 0) break;
  }
  const [start, ...lines] = head;
  const [, method, target] = /^([A-Z]+) (\S+)(?: HTTP\/[\d.]+)?$/.exec(start ?? "") ?? [];
  if (!method) throw new Misuse("this is no HTTP request: it starts with a line as `POST /in HTTP/1.1`, then the headers, an empty line and the body");
  const headers = lines.map((line, index) => {
    const colon = line.indexOf(":");
    // Without the line: it may be a secret.
    if (colon < 1) throw new Misuse(`line ${index + 2} of the request is no header`);
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const body = curl ? undefined : bounded(bytes.subarray(at), headers);
  return { method, url: absolute(target, headers), headers, body };
}

/** An editor ends a file with a line end that was not sent: `Content-Length` knows. */
function bounded(body, headers) {
  if (value(headers, "transfer-encoding")) throw new Misuse("a body in chunks is not what was signed: write it as one piece, without `Transfer-Encoding`");
  const lengths = new Set(headers.filter(([name]) => name.toLowerCase() === "content-length").map(([, length]) => length));
  if (lengths.size === 0) return body;
  const [length] = lengths;
  if (lengths.size > 1 || !/^\d{1,12}$/.test(length)) throw new Misuse("`Content-Length` is no single number");
  if (length > body.length) throw new Misuse(`the body has ${body.length} bytes, and \`Content-Length\` says ${length}`);
  return body.subarray(0, length);
}

function absolute(target, headers) {
  const host = value(headers, "host");
  if (/^https?:/.test(target) || !host) return target;
  const local = /^(localhost|127\.|\[::1\])/.test(host);
  return `${value(headers, "x-forwarded-proto") ?? (local ? "http" : "https")}://${host}${target}`;
}

function value(headers, name) {
  return headers.find(([known]) => known.toLowerCase() === name)?.[1];
}
