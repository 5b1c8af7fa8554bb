/** How often a job is redriven by itself, and the least wait before each time, in ms. */
export const redriveWaitsMs = [0, 15 * 60_000, 60 * 60_000] as const;

/** How many jobs of a stage one automatic run takes. */
export const redrivesPerRun = 50;

/** How often the automatic redrive runs, in ms; `wrangler.toml` says the same as a cron. */
export const redriveEveryMs = 5 * 60_000;

/** When a job that has been redriven so often may be redriven next; null when it has had its share. */
export function nextRedriveAt(parkedAt: number, redrives: number): number | null {
  const wait = redriveWaitsMs[redrives];
  return wait === undefined ? null : parkedAt + wait;
}

/** The first run at which a redrive is due, or null. */
export function nextRunFor(parkedAt: number, redrives: number): number | null {
  const due = nextRedriveAt(parkedAt, redrives);
  return due === null ? null : Math.ceil(due / redriveEveryMs) * redriveEveryMs;
}
