import { parseResponse } from "hono/client";
import { useState } from "hono/jsx/dom";
import type { Cause, OpsClient } from "../ops-client.ts";
import { Loaded } from "../parts/loaded.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { When } from "../parts/when.tsx";
import { hrefOf } from "../href.ts";
import { useOverview } from "../use-overview.ts";
import { usePolled } from "../use-polled.ts";
import { formatCount, plural } from "../format.ts";
import { DiscardDialog } from "./discard-dialog.tsx";
import { DeadLetterTable } from "./dead-letter-table.tsx";
import { unitOf } from "./kind-words.ts";
import { RedriveDialog } from "./redrive-dialog.tsx";

/** One cause: what it is, whom it hit, and what can be done about it. */
export function CausePage({ fingerprint }: { fingerprint: string }) {
  const polled = useOverview();
  return (
    <>
      <p class="back">
        <a href={hrefOf("dead-letters")}>Dead letters</a>
      </p>
      <PageHead
        title={fingerprint.split("/").slice(0, 2).toReversed().join(" at ")}
        polled={polled}
      />
      <Loaded polled={polled} what="the cause">
        {({ causes }) => {
          const cause = causes.find((it) => it.fingerprint === fingerprint);
          return cause ? (
            <OpenCause cause={cause} />
          ) : (
            <p class="all-well">Nothing is parked for this cause any more.</p>
          );
        }}
      </Loaded>
      <DeadLettersOf fingerprint={fingerprint} />
    </>
  );
}

function OpenCause({ cause }: { cause: Cause }) {
  const [asked, setAsked] = useState<"redrive" | "discard" | null>(null);
  return (
    <section aria-label="The cause">
      <p class="lead">{cause.error_message}</p>
      <dl class="facts">
        <dt>Parked</dt>
        <dd>
          {plural(cause.dead_letters, unitOf(cause))} of {plural(cause.users, "user")}
        </dd>
        <dt>First</dt>
        <dd>
          <When at={cause.first_seen_at} />
        </dd>
        <dt>Last</dt>
        <dd>
          <When at={cause.last_seen_at} />
        </dd>
        <dt>Model asked for</dt>
        <dd>{cause.model ?? "none"}</dd>
        <dt>Regulations</dt>
        <dd>{cause.regulation_version ?? "not chosen yet"}</dd>
      </dl>
      <p class="actions">
        <button type="button" class="primary" onClick={() => setAsked("redrive")}>
          Redrive {formatCount(cause.dead_letters)} …
        </button>
        <button type="button" class="danger" onClick={() => setAsked("discard")}>
          Discard …
        </button>
      </p>
      {asked === "redrive" && <RedriveDialog cause={cause} onClosed={() => setAsked(null)} />}
      {asked === "discard" && <DiscardDialog cause={cause} onClosed={() => setAsked(null)} />}
    </section>
  );
}

/** The dead letters of a cause, newest first, page by page. */
function DeadLettersOf({ fingerprint }: { fingerprint: string }) {
  const [cursor, setCursor] = useState<string | null>(null);
  const polled = usePolled(
    (client: OpsClient, signal: AbortSignal) =>
      parseResponse(
        client["dead-letters"].$get(
          { query: { fingerprint, limit: "25", ...(cursor !== null && { cursor }) } },
          { init: { signal } },
        ),
      ),
    { key: `${fingerprint} ${cursor ?? ""}`, everyMs: cursor === null ? 10_000 : null },
  );
  return (
    <section aria-labelledby="dead-letters">
      <h2 id="dead-letters">Dead letters</h2>
      <Loaded polled={polled} what="dead letters">
        {({ dead_letters, next_cursor }) => (
          <>
            <DeadLetterTable deadLetters={dead_letters} />
            <p class="actions">
              {cursor !== null && (
                <button type="button" onClick={() => setCursor(null)}>
                  Newest
                </button>
              )}
              {next_cursor !== null && (
                <button type="button" onClick={() => setCursor(next_cursor)}>
                  Older
                </button>
              )}
            </p>
          </>
        )}
      </Loaded>
    </section>
  );
}
