/** The API as plain requests: what a test says is what goes over the wire. */
import assert from "node:assert/strict";

import { ADMIN_TOKEN } from "./runtime.mjs";

export function client(hookgate) {
  const call = async (method, path, body, headers = {}) => {
    const response = await fetch(hookgate.url + path, {
      method,
      headers: {
        authorization: `Bearer ${ADMIN_TOKEN}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      body: body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : undefined };
  };
  const expect = async (status, method, path, body) => {
    const answer = await call(method, path, body);
    assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  return {
    call,
    expect,
    get: (path) => expect(200, "GET", path),
    create: (path, body) => expect(201, "POST", path, body),
    /** A source and one endpoint of it, both named `name`. */
    async source(name, type, secret, endpoint, more = {}) {
      const source = await expect(201, "POST", "/ingest/api/v1/source", {
        name,
        uid: name,
        type,
        config: Array.isArray(secret) ? { secrets: secret } : { secret },
        ...more,
      });
      if (endpoint) {
        await expect(201, "POST", `/ingest/api/v1/source/${name}/endpoint`, { uid: name, ...endpoint });
      }
      return source;
    },
    /** Every message of an application. */
    messages: async (app) => (await expect(200, "GET", `/api/v1/app/${app}/msg?limit=250`)).data,
    /** Every attempt at a message, oldest first; none while it is still on its way. */
    async attempts(app, msg) {
      const answer = await call("GET", `/api/v1/app/${app}/attempt/msg/${msg}?limit=250&order=ascending`);
      if (answer.status === 404) return [];
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
      return answer.body.data;
    },
  };
}

/** Posts to a source as its provider does. */
export async function post(hookgate, source, request) {
  const response = await fetch(`${hookgate.url}/in/${source}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...request.headers },
    body: request.body,
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}
