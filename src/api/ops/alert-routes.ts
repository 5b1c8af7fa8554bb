import { Hono } from "hono";
import { alertDetail } from "../../alerts/alert-view.ts";
import { type Alert, listAlerts } from "../../alerts/alert-store.ts";

/** What is wrong now, and what was of late. */
export const alerts = new Hono<{ Bindings: Env }>().get("/", async (c) => {
  const known = await listAlerts(c.env.DB);
  return c.json({
    open: known.filter(isOpen).map(alertDetail),
    recent: known.filter((it) => !isOpen(it)).map(alertDetail),
  });
});

const isOpen = ({ resolved_at }: Alert): boolean => resolved_at === null;
