import { z } from "zod";
import { TransientError } from "../pipeline/errors.ts";
import { Municipality } from "../pipeline/municipality.ts";
import { Regulation } from "../pipeline/regulation.ts";
import { reportUnreadRow } from "../platform/parse-rows.ts";
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

/** A value without the fields that a newer version has, and this code does not know. */
function withoutUnknown(value: unknown, { issues }: z.ZodError): unknown {
  const known: unknown = structuredClone(value);
  for (const issue of issues) {
    if (issue.code !== "unrecognized_keys") continue;
    const at = issue.path.reduce<unknown>(
      (it, key) => (typeof it === "object" && it !== null ? Reflect.get(it, key) : null),
      known,
    );
    if (typeof at !== "object" || at === null) continue;
    for (const key of issue.keys) Reflect.deleteProperty(at, key);
  }
  return known;
}

/** Parses a part of a version. Throws `TransientError` when it is missing or invalid. */
function parse<Schema extends z.ZodType>(
  version: string,
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  const whole = schema.safeParse(value);
  if (whole.success) return whole.data;
  const parsed = schema.safeParse(withoutUnknown(value, whole.error));
  if (parsed.success) return parsed.data;
  throw new TransientError(
    "REGULATIONS_INVALID",
    `Version ${version} is not whole: ${z.prettifyError(parsed.error)}`,
  );
}

/** The documents and municipalities of a version as they are stored. */
export async function readStored(source: RegulationSource, version: string) {
  const [listed] = (await source.jsons([manifestKey(version)])).values();
  if (listed === null || listed === undefined) {
    throw new TransientError("REGULATIONS_MISSING", `Version ${version} was never published.`);
  }
  const manifest = parse(version, Manifest, listed);
  const values = await source.jsons([
    ...manifest.documents.map((key) => documentKey(version, key)),
    ...manifest.municipalities.map((region) => municipalityKey(version, region)),
  ]);
  return {
    manifest,
    documents: manifest.documents.map((key) => values.get(documentKey(version, key))),
    municipalities: manifest.municipalities.map((region) =>
      values.get(municipalityKey(version, region)),
    ),
  };
}

/** The parts that can be read. One that is missing or invalid loses only itself, and is reported. */
const readable = <Schema extends z.ZodType>(
  version: string,
  schema: Schema,
  values: readonly unknown[],
): z.output<Schema>[] =>
  values.flatMap((value, index) => {
    try {
      return [parse(version, schema, value)];
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
      reportUnreadRow({ store: "regulations" }, `${version} #${index}`, error.message);
      return [];
    }
  });

/** Reads a version. Throws `TransientError` when it has no manifest, or nothing of it can be read. */
export async function readBook(source: RegulationSource, version: string): Promise<RegulationBook> {
  const { manifest, ...stored } = await readStored(source, version);
  const read = readable(version, Regulation, stored.documents);
  if (read.length === 0) {
    throw new TransientError("REGULATIONS_INVALID", `No document of ${version} can be read.`);
  }
  const documents = new Map(read.map((it) => [it.key, it]));
  const municipalities = readable(version, Municipality, stored.municipalities);
  const unread = new Set(manifest.documents.filter((key) => !documents.has(key)));
  const isWhole = unread.size === 0 && municipalities.length === stored.municipalities.length;
  return { version, documents, municipalities, unread, isWhole };
}
