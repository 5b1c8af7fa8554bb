import { formatAgo, formatElapsed, formatTime } from "../format.ts";
import { serverNow } from "../server-clock.ts";
import { useNow } from "../use-now.ts";

/** A page that is not asked for again has true ages, too. */
const tickMs = 5_000;

interface Props {
  at: string | number | null;
  /** Unix ms; without it the age goes on by itself. */
  now?: number;
}

/** A relative time, with the absolute one as its tooltip. */
export function When({ at, now: given }: Props) {
  useNow(given === undefined ? tickMs : null);
  const now = given ?? serverNow();
  if (at === null) return <span class="quiet">never</span>;
  const ms = typeof at === "number" ? at : Date.parse(at);
  return (
    <time datetime={new Date(ms).toISOString()} title={formatTime(ms)}>
      {formatAgo(ms, now)}
    </time>
  );
}

/** The time elapsed since a beginning. */
export function Lasting({ since }: { since: string | null }) {
  useNow(tickMs);
  if (since === null) return null;
  const ms = Date.parse(since);
  return (
    <time datetime={since} title={`since ${formatTime(ms)}`}>
      {formatElapsed(ms, serverNow())}
    </time>
  );
}
