import { formatAgo, formatElapsed, formatTime } from "../format.ts";

/** A relative time, with the absolute one as its tooltip. */
export function When({ at, now = Date.now() }: { at: string | number | null; now?: number }) {
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
  if (since === null) return null;
  const ms = Date.parse(since);
  return (
    <time datetime={since} title={`since ${formatTime(ms)}`}>
      {formatElapsed(ms, Date.now())}
    </time>
  );
}
