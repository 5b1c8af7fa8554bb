const counts = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const rates = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const absolute = new Intl.DateTimeFormat("en-GB", {
  dateStyle: "medium",
  timeStyle: "long",
});

export const formatCount = (count: number): string => counts.format(count);

export const formatRate = (rate: number): string => rates.format(rate);

/** A share of 1, to two digits behind the point. */
export const formatPercent = (share: number): string => `${Number((share * 100).toFixed(2))} %`;

/** What is left of a budget, or how often it was used up. */
export const formatBudget = (left: number): string =>
  left < 0 ? `used up ${formatCount(1 - left)} times` : formatPercent(left);

/** `1 scan`, `2 scans`. */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${formatCount(count)} ${count === 1 ? one : many}`;

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/** A duration in its two largest units: 420 ms, 1.2 s, 12 s, 4 min 5 s, 2 h, 3 d 4 h. */
export function formatDuration(seconds: number): string {
  const rounded = Math.round(seconds);
  if (seconds === 0) return "0 s";
  if (seconds < 0.9995) return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  if (seconds < 9.95) return `${counts.format(seconds)} s`;
  if (rounded < minute) return `${rounded} s`;
  if (rounded < hour) return twoUnits(rounded, minute, "min", 1, "s");
  if (rounded < day) return twoUnits(rounded, hour, "h", minute, "min");
  return twoUnits(rounded, day, "d", hour, "h");
}

/** A duration to the millisecond: 42 ms, 1,234 ms, 12.345 s; from a minute on as `formatDuration`. */
export function formatMs(ms: number): string {
  const whole = Math.round(ms);
  if (whole < 10_000) return `${whole.toLocaleString("en")} ms`;
  return whole < minute * 1_000 ? `${(whole / 1_000).toFixed(3)} s` : formatDuration(whole / 1_000);
}

function twoUnits(seconds: number, large: number, one: string, small: number, other: string) {
  const whole = Math.floor(seconds / large);
  const rest = Math.floor((seconds % large) / small);
  return rest === 0 ? `${whole} ${one}` : `${whole} ${one} ${rest} ${other}`;
}

/** The time since `since`, in one unit. */
export const formatElapsed = (since: number, now: number): string =>
  `for ${oneUnit(Math.max(1, Math.round((now - since) / 1000)))}`;

/** The time since or until `at`, in one unit. */
export function formatAgo(at: number, now: number): string {
  const seconds = Math.round(Math.abs(now - at) / 1000);
  if (seconds < 2) return "just now";
  const amount = oneUnit(seconds);
  return at > now ? `in ${amount}` : `${amount} ago`;
}

function oneUnit(seconds: number): string {
  if (seconds < minute) return `${seconds} s`;
  if (seconds < hour) return `${Math.floor(seconds / minute)} min`;
  if (seconds < 2 * day) return `${Math.floor(seconds / hour)} h`;
  return `${Math.floor(seconds / day)} d`;
}

/** Date and time in the local zone. */
export const formatTime = (at: number): string => absolute.format(at);

/** US dollars in cents, or to two significant digits below a cent. */
export function formatMoney(usd: number): string {
  if (usd === 0) return "$0";
  if (usd >= 0.01) return `$${usd.toFixed(2)}`;
  return `$${usd.toLocaleString("en", { maximumSignificantDigits: 2, maximumFractionDigits: 20 })}`;
}
