import { z } from "zod";
import { ttlCache } from "../platform/ttl-cache.ts";
import { TransientError } from "../pipeline/errors.ts";
import { type RegulationBook, ruleIn } from "./book.ts";
import { pointerKey } from "./regulation-keys.ts";
import type { RegulationLibrary } from "./library.ts";
import { kvSource, readBook } from "./source.ts";

const Version = z.string().min(1);
/** How long an isolate caches the active version, in ms. */
const pointerHeldMs = 5_000;
/** How many parsed versions an isolate caches: the active one, and those of running jobs. */
const maxBooks = 3;

/** Published regulations in KV. A version never changes, so an isolate parses it once. */
export function kvRegulations(kv: KVNamespace): RegulationLibrary {
  const source = kvSource(kv);
  const books = new Map<string, RegulationBook>();

  const version = ttlCache(pointerHeldMs, async () => {
    const pointed = Version.safeParse(await source.text(pointerKey));
    if (!pointed.success) {
      throw new TransientError("REGULATIONS_MISSING", "No regulations are published in KV.");
    }
    return pointed.data;
  });

  async function book(wanted: string): Promise<RegulationBook> {
    const known = books.get(wanted);
    if (known) return known;
    const read = await readBook(source, wanted);
    // What cannot be read may be repaired.
    if (!read.isWhole) return read;
    const [oldest] = books.keys();
    if (books.size >= maxBooks && oldest !== undefined) books.delete(oldest);
    books.set(wanted, read);
    return read;
  }

  return {
    version,
    book,
    current: async () => book(await version()),
    ruleOf: async (classification, wanted, region) =>
      ruleIn(await book(wanted), classification, region),
  };
}
