/**
 * Takes out of the verifier's module what it can never use: the texts of panics, above all.
 *
 * A panic of the verifier is a trap without text (`crates/wasm/src/lib.rs`), yet the compiled library
 * of Rust puts the text together before it calls the handler that throws it away: file names,
 * numbers, the whole formatter. Here each function that only panics becomes the trap itself; and if
 * then nobody calls the formatter any more, its functions do, too. What a module answers is the same.
 *
 * For `tools/build.mjs`, before `wasm-opt` clears away what has become unreachable.
 */
import { readFileSync, writeFileSync } from "node:fs";

import binaryen from "binaryen";

/** Functions of Rust's `core` and `alloc` that panic. */
const PANICS =
  /4core9panicking|4core6option13(unwrap|expect)_failed|4core6result13unwrap_failed|16slice_index_fail|17len_mismatch_fail|16slice_error_fail|rust_begin_unwind|7raw_vec12handle_error|17capacity_overflow|18handle_alloc_error/;

/**
 * What webpki does with lists of revoked certificates, of which the verifier gives it none: the
 * compiler cannot see that. Were it ever called, the trap would refuse the certificate.
 */
const REVOCATION = /6webpki3crl/;

/** The formatter, and what it alone calls: how each type is shown. */
const FORMATTER = /4core3fmt|core\.\.fmt\.\.|3fmt(5Debug|7Display|8LowerHex|5Write|6Binary)|5alloc3fmt|16rustls_pki_types3hex/;

/** A file of Rust's library, of a crate from the registry or of our own, as the compiler writes it. */
const SOURCE_FILE = /(?:\/rustc\/[0-9a-f]{40}\/library|index\.crates\.io-[0-9a-f]{16}\/[\w-]+-\d+\.\d+\.\d+\/src|crates\/(?:verify|wasm)\/src)\/[\w/]+\.rs(?=\0)/g;

/** @param {string} file a module with the names of its functions, written anew */
export function slim(file) {
  const module = binaryen.readBinary(readFileSync(file));
  try {
    const functions = new Map();
    for (let index = 0; index < module.getNumFunctions(); index += 1) {
      const reference = module.getFunctionByIndex(index);
      const { name, module: imported, body } = binaryen.getFunctionInfo(reference);
      if (!imported) functions.set(name, { reference, body });
    }
    const panics = [...functions].filter(([name, { body }]) => PANICS.test(name) && neverReturns(body));
    trap(module, panics);
    trap(module, [...functions].filter(([name]) => REVOCATION.test(name)));
    const formatter = [...functions].filter(([name]) => FORMATTER.test(name));
    const shown = new Set(formatter.map(([name]) => name));
    if (!callees(module, shown).some((name) => shown.has(name))) trap(module, formatter);
    writeFileSync(file, withoutPlaces(module.emitBinary()));
  } finally {
    module.dispose();
  }
}

/**
 * Blanks the names of the source files that panics stand in: the compiler keeps them for texts that
 * nobody writes any more.
 */
function withoutPlaces(binary) {
  const bytes = Buffer.from(binary);
  for (const { 0: place, index } of bytes.toString("latin1").matchAll(SOURCE_FILE)) bytes.fill(0, index, index + place.length);
  return bytes;
}

function neverReturns(body) {
  return binaryen.getExpressionType(body) === binaryen.unreachable && !/\(return/.test(binaryen.emitText(body));
}

function trap(module, functions) {
  for (const [, { reference }] of functions) binaryen.Function.setBody(reference, module.unreachable());
}

/** Whom the functions but `these` call by name. */
function callees(module, these) {
  module.runPasses(["dce"]);
  const called = [];
  let inside;
  for (const line of module.emitText().split("\n")) {
    const defined = /^ \(func \$(\S+)/.exec(line);
    if (defined) inside = these.has(defined[1]);
    const call = /\((?:return_)?call \$([^\s)]+)/.exec(line);
    if (call && !inside) called.push(call[1]);
  }
  return called;
}
