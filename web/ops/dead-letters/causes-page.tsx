import { parseResponse } from "hono/client";
import type { Cause, Overview } from "../ops-client.ts";
import { Loaded } from "../parts/loaded.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { When } from "../parts/when.tsx";
import { hrefOf } from "../href.ts";
import { useOverview } from "../use-overview.ts";
import { usePolled } from "../use-polled.ts";
import { formatCount, plural } from "../format.ts";
import { unitOf } from "./kind-words.ts";
import { RunningRedrives } from "./running-redrives.tsx";
import { Redrives } from "./redrives.tsx";

/** What was given up, by cause, and what was done about it. */
export function CausesPage() {
  const polled = useOverview();
  const redrives = usePolled(
    (client, options) => parseResponse(client.redrives.$get(undefined, options)),
    { key: "redrives", everyMs: 15_000 },
  );
  return (
    <>
      <PageHead title="Dead letters" polled={polled} />
      <Loaded polled={polled} what="dead letters">
        {(overview) => (
          <>
            <RunningRedrives overview={overview} />
            <section aria-labelledby="causes">
              <h2 id="causes">Parked by cause</h2>
              {overview.causes.length === 0 ? (
                <p class="all-well">Nothing is parked.</p>
              ) : (
                <ul class="matters">
                  {overview.causes.map((cause) => (
                    <CauseRow key={cause.fingerprint} cause={cause} />
                  ))}
                </ul>
              )}
              <Rarer {...overview} />
            </section>
          </>
        )}
      </Loaded>
      <section aria-labelledby="redrives">
        <h2 id="redrives">Redrives</h2>
        <Loaded polled={redrives} what="redrives">
          {({ redrives: runs }) => <Redrives runs={runs} />}
        </Loaded>
      </section>
    </>
  );
}

/** As many causes the API answers at most. */
const answered = 200;

/** How many dead letters have causes that are not listed. */
function Rarer({ causes, dead_letters: open }: Pick<Overview, "causes" | "dead_letters">) {
  if (causes.length < answered) return null;
  const parked = open.reduce((sum, it) => sum + it.parked, 0);
  const listed = causes.reduce((sum, it) => sum + it.dead_letters, 0);
  return (
    <p class="hint">
      The {answered} most frequent causes. {formatCount(Math.max(0, parked - listed))} more dead
      letters have rarer ones.
    </p>
  );
}

const CauseRow = ({ cause }: { cause: Cause }) => (
  <li class="matter">
    <span class="count toned bad">{formatCount(cause.dead_letters)}</span>
    <div>
      <h3>
        {cause.error_code} <span class="quiet">at {cause.source}</span>
      </h3>
      <p class="quiet">
        {cause.error_message} · {plural(cause.dead_letters, unitOf(cause))} of{" "}
        {plural(cause.users, "user")}
        {cause.model !== null && ` · ${cause.model}`} · first <When at={cause.first_seen_at} />,
        last <When at={cause.last_seen_at} />
      </p>
    </div>
    <a
      class="button"
      href={hrefOf("dead-letters", cause.fingerprint)}
      aria-label={`Look and redrive: ${cause.error_code} at ${cause.source}`}
    >
      Look and redrive
    </a>
  </li>
);
