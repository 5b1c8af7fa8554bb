/** The least wait before each automatic redrive of a job, ms; their number is the limit. A redrive by hand spends none. */
export const redriveWaitsMs = [0, 15 * 60_000, 60 * 60_000] as const;

/** Why a job is parked when its provider could not be called. It is redriven as soon as that is over. */
export const providerCodes = [
  "MODELS_UNAVAILABLE",
  "MODEL_UNAVAILABLE",
  "MODEL_UNREACHABLE",
  "MODEL_RATE_LIMITED",
  "MODEL_QUOTA_EXHAUSTED",
  "DEADLINE_EXCEEDED",
] as const;

/** Why a job is parked when its stage was paused for long. It is redriven as soon as the pause ends. */
export const pauseCodes = ["MESSAGE_EXPIRED"] as const;

/** How many jobs of a stage one run of the automatic redrive takes. */
export const redrivesPerRun = 50;

/** The interval of the automatic redrive, ms; `wrangler.toml` has the same as a cron. */
export const redriveEveryMs = 5 * 60_000;

/** When a job with that many automatic redrives may be redriven next; null when none is left. */
export function nextRedriveAt(parkedAt: number, redrives: number): number | null {
  const wait = redriveWaitsMs[redrives];
  return wait === undefined ? null : parkedAt + wait;
}

/** The first run at which a redrive is due, or null. */
export function nextRunFor(parkedAt: number, redrives: number): number | null {
  const due = nextRedriveAt(parkedAt, redrives);
  return due === null ? null : Math.ceil(due / redriveEveryMs) * redriveEveryMs;
}
