import { z } from "zod";
import { TransientError } from "../pipeline/errors.ts";
import { Municipality } from "../pipeline/municipality.ts";
import { Regulation } from "../pipeline/regulation.ts";
import { Manifest, type RegulationBook } from "./book.ts";
import { documentKey, manifestKey, municipalityKey } from "./regulation-keys.ts";

/** The store that regulations are read from. */
export interface RegulationSource {
  text(key: string): Promise<string | null>;
  jsons(keys: readonly string[]): Promise<ReadonlyMap<string, unknown>>;
}

/** The part of a KV namespace that is used. */
interface KV {
  get(key: string, options: { cacheTtl: number }): Promise<string | null>;
  get(keys: string[], type: "json"): Promise<Map<string, unknown>>;
}

/** How long a location may cache a text, in seconds; the minimum of KV. */
const cacheTtl = 30;
/** The most keys that KV reads at once. */
const bulk = 100;

export const kvSource = (kv: KV): RegulationSource => ({
  text: (key) => kv.get(key, { cacheTtl }),
  async jsons(keys) {
    const values = new Map<string, unknown>();
    for (let from = 0; from < keys.length; from += bulk) {
      const read = await kv.get(keys.slice(from, from + bulk), "json");
      for (const [key, value] of read) values.set(key, value);
    }
    return values;
  },
});

/** Reads a complete version. Throws `TransientError` when a part of it is missing. */
export async function readBook(source: RegulationSource, version: string): Promise<RegulationBook> {
  const parse = <Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw new TransientError(
      "REGULATIONS_INVALID",
      `Version ${version} is not whole: ${z.prettifyError(parsed.error)}`,
    );
  };
  const [listed] = (await source.jsons([manifestKey(version)])).values();
  if (listed === null || listed === undefined) {
    throw new TransientError("REGULATIONS_MISSING", `Version ${version} was never published.`);
  }
  const manifest = parse(Manifest, listed);
  const values = await source.jsons([
    ...manifest.documents.map((key) => documentKey(version, key)),
    ...manifest.municipalities.map((region) => municipalityKey(version, region)),
  ]);
  const documents = manifest.documents.map((key) =>
    parse(Regulation, values.get(documentKey(version, key))),
  );
  return {
    version,
    documents: new Map(documents.map((it) => [it.key, it])),
    municipalities: manifest.municipalities.map((region) =>
      parse(Municipality, values.get(municipalityKey(version, region))),
    ),
  };
}
