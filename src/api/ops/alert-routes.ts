import { Hono } from "hono";
import { detailOf } from "../../alerts/notice.ts";
import { type Alert, listAlerts } from "../../alerts/store.ts";

/** What is wrong now, and what was of late. */
export const alerts = new Hono<{ Bindings: Env }>().get("/", async (c) => {
  const known = await listAlerts(c.env.DB);
  return c.json({
    open: known.filter(isOpen).map(detailOf),
    recent: known.filter((it) => !isOpen(it)).map(detailOf),
  });
});

const isOpen = ({ resolved_at }: Alert): boolean => resolved_at === null;
