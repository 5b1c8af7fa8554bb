import { agoWords, lastingWords, timeWords } from "../words.ts";

/** A time as one says it, with the whole of it for who points at it. */
export function When({ at, now = Date.now() }: { at: string | number | null; now?: number }) {
  if (at === null) return <span class="quiet">never</span>;
  const ms = typeof at === "number" ? at : Date.parse(at);
  return (
    <time datetime={new Date(ms).toISOString()} title={timeWords(ms)}>
      {agoWords(ms, now)}
    </time>
  );
}

/** How long something lasts that began then. */
export function Lasting({ since }: { since: string | null }) {
  if (since === null) return null;
  const ms = Date.parse(since);
  return (
    <time datetime={since} title={`since ${timeWords(ms)}`}>
      {lastingWords(ms, Date.now())}
    </time>
  );
}
