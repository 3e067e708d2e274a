/**
 * The built Worker over stores that fail when they are told to: each binding, and each object's, is a
 * stand-in that fails, hangs or takes effect unheard, as `POST /faults` has said. The Worker itself has no
 * hook for tests.
 */
import Product, * as objects from "../../build/worker/index.js";

/** How each binding fails now, and how often it did. */
let faults = {};
let met = {};

/** The calls of a binding that may fail. */
const CALLS = new Set(["get", "put", "delete", "list", "head", "send", "sendBatch", "invoke"]);
/** What gives an object, which is then called. */
const STUBS = new Set(["get", "getByName"]);
const HANGS_MS = 60_000;

function faulty(name, binding, gives = false) {
  return new Proxy(binding, {
    get(target, key) {
      const value = Reflect.get(target, key, target);
      if (typeof value !== "function") return value;
      // Its own: the constructor tells what kind of binding this is.
      if (key === "constructor") return value;
      // `value.apply` of a method that is called from afar would be a method of its own, afar.
      if (gives && STUBS.has(key)) return (...given) => faulty(name, Reflect.apply(value, target, given));
      return CALLS.has(key) ? (...given) => meet(name, () => Reflect.apply(value, target, given)) : value.bind(target);
    },
  });
}

async function meet(name, call) {
  const fault = faults[name];
  if (!fault) return call();
  met[name] = (met[name] ?? 0) + 1;
  if (fault === "hangs") await new Promise((resolve) => setTimeout(resolve, HANGS_MS));
  if (fault === "unheard") await call();
  if (fault !== "hangs") throw new Error(`${name} ${fault}, as the test has told it to`);
  return call();
}

const GIVES = { INBOX: true };
const wrapped = new WeakMap();

function wrap(env) {
  if (!wrapped.has(env)) {
    const names = ["SOURCES", "DEDUP", "PAYLOADS", "EVENTS", "INBOX"];
    const stands = Object.fromEntries(names.map((name) => [name, faulty(name, env[name], GIVES[name])]));
    wrapped.set(env, new Proxy(env, { get: (target, key) => stands[key] ?? Reflect.get(target, key, target) }));
  }
  return wrapped.get(env);
}

const over = (Class) => new Proxy(Class, { construct: (target, [context, env], made) => Reflect.construct(target, [context, wrap(env)], made) });

export const ApplicationObject = over(objects.ApplicationObject);
export const EndpointObject = over(objects.EndpointObject);
export const InboxObject = over(objects.InboxObject);
export const RefusalsObject = over(objects.RefusalsObject);
export const RegistryObject = over(objects.RegistryObject);

export default class extends Product {
  constructor(context, env) {
    super(context, wrap(env));
  }

  fetch(request) {
    return new URL(request.url).pathname === "/faults" ? control(request) : super.fetch(request);
  }
}

async function control(request) {
  const before = met;
  [faults, met] = [await request.json(), {}];
  return Response.json(before);
}
