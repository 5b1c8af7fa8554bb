import { z } from "zod";
import { held } from "../held.ts";
import type { Characters } from "../ports.ts";

const Character = z.object({
  code: z.string(),
  name: z.string(),
  type: z.string(),
  dialog: z.string(),
  match: z.string(),
});

/** How long an isolate matches against the catalog it has read, in ms. */
const heldMs = 5_000;

/** The character catalog in D1. */
export function d1Characters(db: D1Database): Characters {
  const catalog = held(heldMs, async () => {
    const query = "SELECT code, name, type, dialog, match_label AS match FROM characters";
    const { results } = await db.prepare(query).all();
    return new Map(results.map((row) => Character.parse(row)).map((it) => [it.match, it]));
  });
  return {
    matching: async (label) => (await catalog()).get(label) ?? null,
  };
}
