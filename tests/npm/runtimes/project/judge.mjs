/**
 * The suite over the installed package, in whatever runtime imports this: each build as it is, with the
 * host's hash forced on for bodies of every length, and forced off.
 */
import { answers } from "./answers.mjs";
import { judgeKeys, judgeSigned, judgeVectors } from "./suite.mjs";
import { asymmetric, signed, vectors } from "./vectors.mjs";

/** Forced on and off over the installed package's own parts: it has no switch for it. */
export function judge({ hookgate, hmac, modules, create, Module, host }) {
  const results = [];
  for (const [build, api] of [["hookgate", hookgate], ["hookgate/hmac", hmac]]) {
    // What an entry exports, and nothing beside it.
    const made = (changes) => {
      const all = create(new Module(modules[build], changes));
      return Object.fromEntries(Object.keys(api).map((name) => [name, all[name]]));
    };
    results.push({ build, path: "as it is", ...judged(build, api, hookgate) });
    const native = host();
    if (native) {
      let hashed = 0;
      const inner = (...of) => {
        hashed += 1;
        return native.inner(...of);
      };
      results.push({ build, path: "host on", ...judged(build, made({ ...native, threshold: 0, inner }), hookgate), hashed });
    }
    results.push({ build, path: "host off", ...judged(build, made(), hookgate) });
  }
  return { hasHost: host() !== undefined, results };
}

function judged(build, api, signer) {
  const parts = [judgeVectors(api, vectors), judgeSigned(api, signed)];
  // The small build has none of these schemes.
  if (build === "hookgate") parts.push(judgeKeys(api, asymmetric));
  const more = answers(api, signer);
  return {
    cases: parts.reduce((sum, { judged }) => sum + judged, more.cases),
    wrong: [...parts, more].flatMap(({ wrong }) => wrong),
    report: parts.map(({ report }) => report).join("") + more.report,
  };
}
