/**
 * The dashboard's reads of the API, and the admin token that they carry.
 *
 * The token lives in sessionStorage: it ends with the tab, and no other origin sees it.
 * Not for drawing, and not for writing: the dashboard only looks.
 */

const TOKEN = "hookgate-admin-token";
const PAGE = 50;

/** The API refused the token. */
export class Unauthorized extends Error {}
/** Nothing answered at all. */
export class Unreachable extends Error {}

/**
 * Takes `#token=…` out of the address, so that neither history nor a screenshot keeps it. A link does
 * not replace a token that is kept: else anybody's link could sign the operator out.
 */
export function adoptTokenFromAddress() {
  const match = /^#token=(.+)$/.exec(location.hash);
  if (!match) return;
  history.replaceState(null, "", location.pathname + location.search);
  const token = decoded(match[1]);
  if (token && !hasToken()) keepToken(token);
}

/** A part of the address as text; nothing if it is not well formed. */
export function decoded(part) {
  try {
    return part && decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

export const hasToken = () => sessionStorage.getItem(TOKEN) !== null;
export const keepToken = (token) => sessionStorage.setItem(TOKEN, token);
export const forgetToken = () => sessionStorage.removeItem(TOKEN);

export const sources = () => list("/ingest/api/v1/source");
export const applications = () => list("/api/v1/app");
export const endpoints = (app) => list(`/api/v1/app/${encodeURIComponent(app)}/endpoint`, EMPTY);
/** Without payloads: fifty of them can be fifty megabytes. */
export const messages = (app) => list(`/api/v1/app/${encodeURIComponent(app)}/msg`, EMPTY, "&with_content=false");
export const message = (app, id) => get(`/api/v1/app/${encodeURIComponent(app)}/msg/${encodeURIComponent(id)}`, null);
export const attempts = (app, message) =>
  list(`/api/v1/app/${encodeURIComponent(app)}/attempt/msg/${encodeURIComponent(message)}`, EMPTY);

/** What an application that is gone, or that an old link names, has. */
const EMPTY = { data: [], done: true };

/** The newest page is what one looks at; `done` says whether it is all. */
async function list(path, absent, more = "") {
  const { data, done } = await get(`${path}?limit=${PAGE}${more}`, absent);
  return { data, done };
}

/** What is at `path`, or `absent` if nothing is. */
async function get(path, absent) {
  const headers = { authorization: `Bearer ${sessionStorage.getItem(TOKEN)}`, accept: "application/json" };
  const response = await fetch(path, { headers, cache: "no-store" }).catch(() => {
    throw new Unreachable();
  });
  if (response.status === 401) throw new Unauthorized();
  if (response.status === 404 && absent !== undefined) return absent;
  if (!response.ok) throw new Error(`${path} answered ${response.status}${await reason(response)}`);
  return response.json();
}

async function reason(response) {
  const body = await response.json().catch(() => undefined);
  return typeof body?.detail === "string" ? `: ${body.detail}` : "";
}
