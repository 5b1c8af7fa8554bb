import { Regulation, regulationKeys } from "../src/pipeline/regulation.ts";
import { sha256 } from "../src/sha256.ts";
import { documentKey, pointerKey } from "../src/regulations/keys.ts";

/** A version of the regulations as KV holds it. The pointer is written last, when all else is there. */
export interface Publication {
  version: string;
  entries: { key: string; value: string }[];
  pointer: { key: string; value: string };
}

/**
 * Parses documents and lays them out under a version that is the hash of their content.
 * Throws when one is not valid, or missing.
 */
export async function publicationOf(documents: readonly unknown[]): Promise<Publication> {
  const parsed = documents
    .map((document) => Regulation.parse(document))
    .toSorted((a, b) => regulationKeys.indexOf(a.key) - regulationKeys.indexOf(b.key));
  const missing = regulationKeys.filter((key) => !parsed.some((it) => it.key === key));
  if (missing.length > 0) throw new RangeError(`No document for ${missing.join(", ")}`);
  const version = (await sha256(JSON.stringify(parsed))).slice(0, 12);
  return {
    version,
    entries: parsed.map((it) => ({ key: documentKey(version, it.key), value: JSON.stringify(it) })),
    pointer: { key: pointerKey, value: version },
  };
}
