import { Hono } from "hono";
import { groupLetters, LetterPage, listLetters } from "../../dead-letters/list.ts";
import { invalid } from "../problem.ts";

/** What did not go through: by cause, and one by one. */
export const deadLetters = new Hono<{ Bindings: Env }>()
  .get("/groups", async (c) => {
    const status = Status.safeParse(c.req.query("status"));
    if (!status.success) throw invalid(status.error);
    return c.json({ groups: await groupLetters(c.env.DB, status.data) });
  })

  .get("/", async (c) => {
    const page = LetterPage.safeParse(c.req.query());
    if (!page.success) throw invalid(page.error);
    return c.json(await listLetters(c.env.DB, page.data));
  });

const Status = LetterPage.shape.status.unwrap().default("parked");
