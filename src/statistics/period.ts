import { z } from "zod";

const dayMs = 24 * 60 * 60 * 1000;

/** How many days back, today (UTC) included. */
export const Days = z.object({ days: z.coerce.number().int().min(1).max(92).default(30) });

/** The first of the last days, as a date. */
export const firstDay = (days: number, now: number): string =>
  new Date(now - (days - 1) * dayMs).toISOString().slice(0, 10);
