import { z } from "zod";
import { Major, RecyclableMiddle } from "../pipeline/taxonomy.ts";
import { isoTime } from "../platform/iso.ts";
import { parsePage } from "../platform/parse-rows.ts";
import { jsonText } from "../platform/sql.ts";

/** The last row of a page: its time of admission and job id. */
const PageEnd = z.tuple([z.int().nonnegative(), z.string().min(1).max(100)]);
type PageEnd = z.infer<typeof PageEnd>;

/** Clients must treat a cursor as opaque. */
const cursorOf = (pageEnd: PageEnd): string => btoa(JSON.stringify(pageEnd));
const Cursor = z.base64().transform((text, context) => {
  try {
    return PageEnd.parse(JSON.parse(atob(text)));
  } catch {
    context.addIssue({ code: "custom", message: "is not a cursor of this list" });
    return z.NEVER;
  }
});

/** The query of a page of scans, newest first; all, or those of a major or middle category. */
export const HistoryPage = z.object({
  cursor: Cursor.optional().meta({ description: "The `next_cursor` of the page before." }),
  limit: z.coerce.number().int().min(1).max(100).default(20).meta({ description: "How many." }),
  category: z
    .string()
    .normalize()
    .pipe(z.union([Major, RecyclableMiddle], { error: "is not a major or middle category" }))
    .optional()
    .meta({ description: "Those of a major category, or of a middle one of 재활용폐기물." }),
});
export type HistoryPage = z.infer<typeof HistoryPage>;

const Row = z.object({
  job_id: z.string(),
  requested_at: isoTime,
  ended_at: isoTime,
  status: z.string(),
  model: z.string(),
  region: z.string().nullable(),
  major: z.string().nullable(),
  middle: z.string().nullable(),
  minor: z.string().nullable(),
  insufficiencies: jsonText(z.array(z.string())),
  reward_code: z.string().nullable(),
  reward_name: z.string().nullable(),
  error_code: z.string().nullable(),
  photo_key: z.string().nullable(),
});

const Position = z.object({ admitted_at: z.int(), job_id: z.string() });

/**
 * A page of a user's ended scans, with the cursor of the next page; null after the last.
 * @param found the rows of the page, and one more when there is a next one.
 * @param photoUrl makes the URL of a stored photo, which may have been deleted meanwhile.
 */
export async function historyOf(
  found: readonly Readonly<Record<string, unknown>>[],
  { limit }: HistoryPage,
  photoUrl: (key: string) => Promise<string | null>,
) {
  const { items, last } = parsePage(Row, Position, { rows: found, limit, store: "scans" });
  return {
    items: await Promise.all(items.map((row) => itemOf(row, photoUrl))),
    next_cursor: last && cursorOf([last.admitted_at, last.job_id]),
  };
}

async function itemOf(
  { major, middle, minor, reward_code, reward_name, photo_key, ...scan }: z.infer<typeof Row>,
  photoUrl: (key: string) => Promise<string | null>,
) {
  const photo_url = photo_key && (await photoUrl(photo_key));
  const category = major === null ? null : { major, middle, minor };
  const reward = reward_code === null ? null : { code: reward_code, name: reward_name };
  return { ...scan, category, reward, photo_url };
}
