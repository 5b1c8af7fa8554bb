/** A longer wait is cut to this, ms: no queue delays a message longer. */
const longestWaitMs = 12 * 60 * 60 * 1000;

const unitMs = { ms: 1, milli: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const isUnit = (unit: string): unit is keyof typeof unitMs => unit in unitMs;

/** A date of HTTP or ISO 8601. `Date.parse` alone also takes numbers for dates. */
const isDate = /^(?:[a-z]{3,9},?\s|\d{4}-\d\d-\d\dT)/i;

/** A wait such as `45s`, `1m12.5s`, `350ms` or `34 seconds` in ms; undefined for other texts. */
export function durationMs(text: string): number | undefined {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)\s*(milli|ms|s|m|h|d)/gi)];
  if (parts[0]?.index !== 0) return undefined;
  const sum = parts.reduce((sum, [, count, unit = ""]) => {
    const name = unit.toLowerCase();
    return sum + Number(count) * (isUnit(name) ? unitMs[name] : 0);
  }, 0);
  return Math.min(sum, longestWaitMs);
}

/**
 * `Retry-After` in ms: seconds, an HTTP date, or a duration with units. Never negative, and 12 h at most.
 * Undefined when it is absent or unreadable.
 */
export function retryAfterMs(
  header: string | null | undefined,
  now = Date.now(),
): number | undefined {
  const text = header?.trim() ?? "";
  if (/^\d+(?:\.\d+)?$/.test(text)) return Math.min(Number(text) * 1000, longestWaitMs);
  if (!isDate.test(text)) return durationMs(text);
  const wait = Date.parse(text) - now;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(0, wait), longestWaitMs);
}
