import { z } from "zod";
import { CategoryCandidate } from "../../pipeline/certainty.ts";
import { select } from "../../platform/sql.ts";
import { defineRoutes, router } from "../openapi/define-routes.ts";
import { content } from "../openapi/response-bodies.ts";

const pageSize = 5_000;

const Query = z.object({
  after: z.coerce
    .number()
    .int()
    .nonnegative()
    .default(0)
    .describe("The `cursor` of the last line that the caller has."),
});

/** `shown` stays text: it is JSON already. */
const Row = z.object({
  cursor: z.int(),
  at: z.int(),
  model: z.string(),
  confirmed_by: z.string(),
  major: z.string(),
  middle: z.string(),
  shown: z.string(),
});

const Line = Row.extend({ shown: z.array(CategoryCandidate) }).meta({
  id: "ConfirmationLine",
  description: "What was shown, and what the resident chose.",
});

const route = defineRoutes("Ops: confirmations", "operator");

const exportConfirmations = route("get", "/", "exportConfirmations", {
  summary: "What residents chose where they were asked",
  description: `Oldest first, at most ${pageSize} lines of JSON; a shorter answer is the last. Nothing in it names a user.`,
  request: { query: Query },
  responses: { 200: content("A line a confirmation.", "application/x-ndjson", Line) },
});

export const confirmations = router().openapi(exportConfirmations, async (c) => {
  const { after } = c.req.valid("query");
  const rows = await select(c.env.DB, Row)`
    SELECT cursor, at, model, confirmed_by, major, middle, shown FROM confirmations
    WHERE cursor > ${after} ORDER BY cursor LIMIT ${pageSize}`;
  const lines = rows.map(({ shown, ...row }) => {
    const line = JSON.stringify({ ...row, shown: JSON.parse(shown) as unknown });
    return `${line}\n`;
  });
  return c.body(lines.join(""), 200, { "content-type": "application/x-ndjson; charset=utf-8" });
});
