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
    if (text === undefined) continue;
    if (text === "" && head.length > 0) break;
    if (text !== "") head.push(text);
    if (end < 0) break;
  }
  const [start, ...lines] = head;
  const [, method, target] = /^([A-Z]+) (\S+)(?: HTTP\/[\d.]+)?$/.exec(start ?? "") ?? [];
  if (!method) throw new Misuse("this is no HTTP request: it starts with a line as `POST /in HTTP/1.1`, then the headers, an empty line and the body");
  const headers = lines.map((line) => {
    const colon = line.indexOf(":");
    if (colon < 1) throw new Misuse(`this is no header: '${line.slice(0, 40)}'`);
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const body = curl ? undefined : bounded(bytes.subarray(at), headers);
  return { method, url: absolute(target, headers), headers, body };
}

/** An editor ends a file with a line end that was not sent: `Content-Length` knows. */
function bounded(body, headers) {
  const length = Number(value(headers, "content-length") ?? NaN);
  return length <= body.length ? body.subarray(0, length) : body;
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
