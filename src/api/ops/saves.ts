import { Hono } from "hono";
import { listSaves, SavesPage } from "../../dead-letters/write-list.ts";
import { invalid } from "../problem.ts";

/** Grants and events that could not be saved, one by one, with their messages as they came. */
export const saves = new Hono<{ Bindings: Env }>().get("/", async (c) => {
  const page = SavesPage.safeParse(c.req.query());
  if (!page.success) throw invalid(page.error);
  return c.json(await listSaves(c.env.DB, page.data));
});
