import { z } from "zod";
import { Major, RecyclableMiddle } from "../pipeline/taxonomy.ts";
import { isoTime } from "../platform/iso.ts";
import { allOf, equal, jsonText, sql } from "../platform/sql.ts";

/** The last row of a page: its request time and job id. */
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

/** The statement of a page. Exported so that a test can read its query plan. */
export function historyQuery(
  db: D1Database,
  userId: string,
  { cursor, limit, category }: HistoryPage,
): D1PreparedStatement {
  const column = Major.safeParse(category).success ? "major" : "middle";
  const [at, jobId] = cursor ?? [Number.MAX_SAFE_INTEGER, ""];
  return sql(db)`
    SELECT job_id, requested_at, ended_at, status, model, region, major, middle, minor,
      insufficiencies, reward_code, reward_name, error_code, photo_key
    FROM scan_history
    WHERE (requested_at, job_id) < (${at}, ${jobId})
      AND ${allOf(equal({ user_id: userId, [column]: category }))}
    ORDER BY requested_at DESC, job_id DESC LIMIT ${limit + 1}`;
}

/**
 * A page of a user's ended scans, with the cursor of the next page; null after the last.
 * @param photoUrl makes the URL of a stored photo, which may have been deleted meanwhile.
 */
export async function historyOf(
  db: D1Database,
  userId: string,
  page: HistoryPage,
  photoUrl: (key: string) => Promise<string | null>,
) {
  const { results } = await historyQuery(db, userId, page).all();
  const rows = results.slice(0, page.limit);
  const last = results.length > page.limit ? rows.at(-1) : undefined;
  return {
    items: await Promise.all(rows.map((row) => itemOf(Row.parse(row), photoUrl))),
    next_cursor: last ? cursorOf(PageEnd.parse([last["requested_at"], last["job_id"]])) : null,
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
