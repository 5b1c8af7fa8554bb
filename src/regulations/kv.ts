import { z } from "zod";
import { held } from "../held.ts";
import { TransientError } from "../pipeline/errors.ts";
import {
  Regulation,
  regulationKeyFor,
  type RegulationKey,
  regulationKeys,
} from "../pipeline/regulation.ts";
import { ruleFor } from "../pipeline/rule.ts";
import type { Regulations } from "../ports.ts";
import { documentKey, pointerKey } from "./keys.ts";

/** The documents of one published version. */
export interface RegulationBook {
  version: string;
  documents: ReadonlyMap<RegulationKey, Regulation>;
}

/** The port the stages use, and the whole book for those who list or search it. */
export interface RegulationLibrary extends Regulations {
  current(): Promise<RegulationBook>;
}

const Version = z.string().min(1);
/** How long a location may answer the pointer from its cache, in seconds; the least that KV takes. */
const cacheTtl = 30;
/** How long an isolate goes on with the version it has seen, in ms. */
const pointerHeldMs = 5_000;

/** Reads published regulations from KV. A version never changes, so an isolate parses it once. */
export function kvRegulations(kv: KVNamespace): RegulationLibrary {
  let book: RegulationBook | undefined;

  const current = held(pointerHeldMs, async () => {
    const version = Version.safeParse(await kv.get(pointerKey, { cacheTtl }));
    if (!version.success) {
      throw new TransientError("REGULATIONS_MISSING", "No regulations are published in KV.");
    }
    if (book?.version !== version.data) book = await read(kv, version.data);
    return book;
  });

  return {
    current,
    async ruleOf(classification) {
      const key = regulationKeyFor(classification);
      if (!key) return null;
      const { version, documents } = await current();
      const regulation = documents.get(key);
      return regulation ? ruleFor(regulation, classification.minor_category, version) : null;
    },
  };
}

async function read(kv: KVNamespace, version: string): Promise<RegulationBook> {
  const values = await kv.get(
    regulationKeys.map((key) => documentKey(version, key)),
    "json",
  );
  const documents = new Map<RegulationKey, Regulation>();
  for (const value of values.values()) {
    if (value === null) continue;
    const parsed = Regulation.safeParse(value);
    if (!parsed.success) {
      throw new TransientError("REGULATIONS_INVALID", z.prettifyError(parsed.error));
    }
    documents.set(parsed.data.key, parsed.data);
  }
  return { version, documents };
}
