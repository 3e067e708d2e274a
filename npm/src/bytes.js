/**
 * What the bytes of a body are, asked of the engine and not of the object: a property of that name
 * may be anybody's. And memory that another thread can write to is copied once, before anything is
 * judged, so that what is judged is what is read later.
 */

const { isView } = ArrayBuffer;
const { apply } = Reflect;

/** A getter of a built-in prototype, as it is now: what is done to the prototype later changes nothing. */
function getter(prototype, name) {
  const { get } = Object.getOwnPropertyDescriptor(prototype, name);
  return (object) => apply(get, object, []);
}

function getters(prototype) {
  return { buffer: getter(prototype, "buffer"), offset: getter(prototype, "byteOffset"), length: getter(prototype, "byteLength") };
}

const typedArray = Object.getPrototypeOf(Uint8Array.prototype);
const typed = getters(typedArray);
const view = getters(DataView.prototype);
/** The name of its class; `undefined` for what is no typed array. */
const kindOf = getter(typedArray, Symbol.toStringTag);
/** Both throw for what is no such buffer, of whichever realm. */
const plainLength = getter(ArrayBuffer.prototype, "byteLength");
const sharedLength = globalThis.SharedArrayBuffer && getter(SharedArrayBuffer.prototype, "byteLength");

/** How many bytes `bytes` has answered. */
export const lengthOf = typed.length;

/** @returns {Uint8Array | undefined} `undefined` if it is neither a buffer nor a view of one */
export function bytes(body) {
  if (!isView(body)) {
    if (is(body, plainLength)) return new Uint8Array(body);
    return sharedLength && is(body, sharedLength) ? copied(new Uint8Array(body, 0, sharedLength(body))) : undefined;
  }
  const kind = kindOf(body);
  const of = kind === undefined ? view : typed;
  const buffer = of.buffer(body);
  const own = is(buffer, plainLength);
  if (own && kind === "Uint8Array") return body;
  const all = new Uint8Array(buffer, of.offset(body), of.length(body));
  return own ? all : copied(all);
}

/** Into memory of our own, whatever class the array is of. */
function copied(shared) {
  const copy = new Uint8Array(lengthOf(shared));
  copy.set(shared);
  return copy;
}

function is(object, length) {
  try {
    length(object);
    return true;
  } catch {
    return false;
  }
}
