import { Hono } from "hono";
import {
  DeadLetterPage,
  GroupQuery,
  groupDeadLetters,
  listDeadLetters,
} from "../../dead-letters/dead-letter-list.ts";
import { invalid } from "../problem.ts";

/** Dead letters of every kind: by cause, and one by one. */
export const deadLetters = new Hono<{ Bindings: Env }>()
  .get("/groups", async (c) => {
    const query = GroupQuery.safeParse(c.req.query());
    if (!query.success) throw invalid(query.error);
    return c.json({ groups: await groupDeadLetters(c.env.DB, query.data) });
  })

  .get("/", async (c) => {
    const page = DeadLetterPage.safeParse(c.req.query());
    if (!page.success) throw invalid(page.error);
    return c.json(await listDeadLetters(c.env.DB, page.data));
  });
