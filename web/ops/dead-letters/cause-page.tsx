import { parseResponse } from "hono/client";
import { useState } from "hono/jsx/dom";
import type { Cause } from "../ops-client.ts";
import { Facts } from "../parts/facts.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Pager } from "../parts/pager.tsx";
import { When } from "../parts/when.tsx";
import { hrefOf } from "../href.ts";
import { useOverview } from "../use-overview.ts";
import { usePolled } from "../use-polled.ts";
import { formatCount, plural } from "../format.ts";
import { DiscardDialog } from "./discard-dialog.tsx";
import { DeadLetterTable } from "./dead-letter-table.tsx";
import { unitOf } from "./kind-words.ts";
import { redrivableOfCause } from "./redrivable.ts";
import { RedriveDialog } from "./redrive-dialog.tsx";

interface Props {
  fingerprint: string;
  /** Of the page of its dead letters; null for the newest. */
  cursor: string | null;
}

/** One cause: what it is, whom it hit, and what can be done about it. */
export function CausePage({ fingerprint, cursor }: Props) {
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
        {({ causes, at }) => {
          const cause = causes.find((it) => it.fingerprint === fingerprint);
          return cause ? (
            <OpenCause cause={cause} at={at} />
          ) : (
            <p class="all-well">Nothing is parked for this cause any more.</p>
          );
        }}
      </Loaded>
      <DeadLettersOf fingerprint={fingerprint} cursor={cursor} />
    </>
  );
}

const dialogs = { redrive: RedriveDialog, discard: DiscardDialog };

function OpenCause({ cause, at }: { cause: Cause; at: string }) {
  const [action, setAction] = useState<keyof typeof dialogs | null>(null);
  const Dialog = action && dialogs[action];
  return (
    <section aria-label="The cause">
      <p class="lead">{cause.error_message}</p>
      <Facts
        facts={[
          [
            "Parked",
            `${plural(cause.dead_letters, unitOf(cause))} of ${plural(cause.users, "user")}`,
          ],
          ["First", <When at={cause.first_seen_at} />],
          ["Last", <When at={cause.last_seen_at} />],
          ["Model asked for", cause.model ?? "none"],
          ["Regulations", cause.regulation_version ?? "not chosen yet"],
        ]}
      />
      <p class="actions">
        <button type="button" class="primary" onClick={() => setAction("redrive")}>
          Redrive {formatCount(cause.dead_letters)} …
        </button>
        <button type="button" class="danger" onClick={() => setAction("discard")}>
          Discard …
        </button>
      </p>
      {Dialog && <Dialog of={redrivableOfCause(cause, at)} onClosed={() => setAction(null)} />}
    </section>
  );
}

/** The dead letters of a cause, newest first, page by page. */
function DeadLettersOf({ fingerprint, cursor }: Props) {
  const page = { limit: "25", ...(cursor !== null && { cursor }) };
  const polled = usePolled(
    (client, options) =>
      parseResponse(client["dead-letters"].$get({ query: { fingerprint, ...page } }, options)),
    { key: `${fingerprint} ${cursor ?? ""}`, everyMs: cursor === null ? 10_000 : null },
  );
  return (
    <section aria-labelledby="dead-letters">
      <h2 id="dead-letters">Dead letters</h2>
      <Loaded polled={polled} what="dead letters">
        {({ dead_letters, next_cursor }) => (
          <>
            <DeadLetterTable deadLetters={dead_letters} />
            <Pager
              newest={hrefOf("dead-letters", fingerprint)}
              cursor={cursor}
              next={next_cursor}
            />
          </>
        )}
      </Loaded>
    </section>
  );
}
