import { Municipality, regionName } from "../src/pipeline/municipality.ts";
import { Regulation, regulationKeys } from "../src/pipeline/regulation.ts";
import type { Manifest } from "../src/regulations/book.ts";
import {
  documentKey,
  manifestKey,
  municipalityKey,
  pointerKey,
} from "../src/regulations/regulation-keys.ts";
import { LocalSource, Source } from "../src/pipeline/source.ts";
import { sha256 } from "../src/platform/sha256.ts";
import { z } from "zod";

export interface Entry {
  key: string;
  value: string;
}

/** A version of the regulations as KV holds it. The pointer is written last, when all else is there. */
export interface Publication {
  version: string;
  entries: Entry[];
  pointer: Entry;
}

const Sourced = z.looseObject({ source: Source });
const LocallySourced = z.looseObject({
  source: LocalSource,
  overlays: z.array(z.looseObject({ source: LocalSource.nullish() })),
});

/**
 * Parses documents and municipalities, and lays them out under a version that is the hash of their
 * content. Throws when one is not valid, or missing, or names its source in part, or when two
 * municipalities share a name.
 */
export async function publicationOf(
  documents: readonly unknown[],
  municipalities: readonly unknown[],
): Promise<Publication> {
  const rules = documents
    .map((document) => Regulation.parse(Sourced.parse(document)))
    .toSorted((a, b) => regulationKeys.indexOf(a.key) - regulationKeys.indexOf(b.key));
  const missing = regulationKeys.filter((key) => !rules.some((it) => it.key === key));
  if (missing.length > 0) throw new RangeError(`No document for ${missing.join(", ")}`);
  const local = municipalities
    .map((it) => Municipality.parse(LocallySourced.parse(it)))
    .toSorted((a, b) => a.region.localeCompare(b.region, "ko"));
  refuseSharedNames(local);
  const version = await versionOf(rules, local);
  const manifest: Manifest = {
    documents: rules.map(({ key }) => key),
    municipalities: local.map(({ region }) => region),
  };
  return {
    version,
    entries: [
      ...rules.map((it) => entry(documentKey(version, it.key), it)),
      ...local.map((it) => entry(municipalityKey(version, it.region), it)),
      entry(manifestKey(version), manifest),
    ],
    pointer: { key: pointerKey, value: version },
  };
}

const entry = (key: string, value: unknown): Entry => ({ key, value: JSON.stringify(value) });

/** The name of a content: the first 12 hex digits of its hash. */
export const versionOf = async (
  documents: readonly unknown[],
  municipalities: readonly unknown[],
): Promise<string> => (await sha256(JSON.stringify([documents, municipalities]))).slice(0, 12);

function refuseSharedNames(municipalities: readonly Municipality[]) {
  const owners = new Map<string, string>();
  for (const { region, aliases } of municipalities) {
    for (const name of new Set([region, ...aliases].map(regionName))) {
      const owner = owners.get(name);
      if (owner) throw new RangeError(`${owner} and ${region} are both called ${name}`);
      owners.set(name, region);
    }
  }
}
