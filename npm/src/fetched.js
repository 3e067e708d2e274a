/** A module from its address. */
export async function fetched(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`hookgate: ${url} answers ${response.status}: is the file beside the script that imports it?`);
  // A server that calls it something else than `application/wasm` is met by the long way.
  const named = response.headers.get("content-type")?.startsWith("application/wasm");
  return named ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
}
