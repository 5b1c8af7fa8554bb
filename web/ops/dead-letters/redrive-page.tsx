import { parseResponse } from "hono/client";
import { useState } from "hono/jsx/dom";
import type { Redrive } from "../ops-client.ts";
import { useAccess } from "../ops-access.ts";
import { Facts } from "../parts/facts.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { FormError } from "../parts/form-error.tsx";
import { useAction } from "../parts/use-action.ts";
import { When } from "../parts/when.tsx";
import { hrefOf } from "../href.ts";
import type { PageProps } from "../route.ts";
import { usePolled } from "../use-polled.ts";
import { formatCount, plural } from "../format.ts";
import { unitOf } from "./kind-words.ts";
import { restOf } from "./redrivable.ts";
import { RedriveDialog } from "./redrive-dialog.tsx";
import { RedriveProgress } from "./redrive-progress.tsx";
import { filterWords } from "./redrive-words.ts";

/** One redrive, from its decision until the last dead letter is settled. */
export function RedrivePage({ of }: PageProps) {
  const id = of ?? "";
  const polled = usePolled(
    (client, options) => parseResponse(client.redrives[":id"].$get({ param: { id } }, options)),
    { key: id, everyMs: 2_000 },
  );
  return (
    <>
      <p class="back">
        <a href={hrefOf("dead-letters")}>Dead letters</a>
      </p>
      <PageHead title={polled.data?.action === "discard" ? "Discard" : "Redrive"} polled={polled} />
      <Loaded polled={polled} what="the redrive">
        {(run) => (
          <>
            <RedriveProgress run={run} />
            <Abort run={run} onChanged={polled.again} />
            <Rest run={run} />
            <Decision run={run} />
          </>
        )}
      </Loaded>
    </>
  );
}

function Abort({ run: { id, status }, onChanged }: { run: Redrive; onChanged: () => void }) {
  const { client, by } = useAccess();
  const { busy, error, act } = useAction();
  const request = { param: { id }, json: { by } };
  const abort = () =>
    act(() => parseResponse(client.redrives[":id"].abort.$post(request)).then(onChanged));
  return (
    <>
      {status === "running" && (
        <p class="actions">
          <button type="button" class="danger" disabled={busy} onClick={abort}>
            Abort
          </button>
          <span class="hint">No more are taken; what was taken goes on.</span>
        </p>
      )}
      <FormError error={error} />
    </>
  );
}

/** Redrives what a redrive that has ended left parked. */
function Rest({ run }: { run: Redrive }) {
  const [open, setOpen] = useState(false);
  const rest = restOf(run);
  const [unit, left] = [unitOf(rest), run.progress.left_parked];
  if (left === 0) return null;
  if (rest.dead_letters === 0) {
    return <p class="quiet">None of the {plural(left, unit)} left parked can be redriven now.</p>;
  }
  return (
    <p class="actions">
      <button type="button" class="primary" onClick={() => setOpen(true)}>
        Redrive the rest …
      </button>
      <span class="hint">
        {plural(rest.dead_letters, unit)} of {formatCount(left)} still parked.
        {rest.kind === "stage" &&
          " The automatic redrive may take them, too, once no breaker is open."}
      </span>
      {open && <RedriveDialog of={rest} onClosed={() => setOpen(false)} />}
    </p>
  );
}

function Decision({ run }: { run: Redrive }) {
  const { filter, canary, rate_per_second, created_at, ended_at } = run;
  const { fingerprint, ...others } = filter;
  return (
    <Facts
      facts={[
        ["Why", run.why],
        ["By", run.by],
        [
          "Which",
          <>
            {fingerprint !== undefined && (
              <>
                <a href={hrefOf("dead-letters", fingerprint)}>{fingerprint}</a>
                {" · "}
              </>
            )}
            {filterWords(others)}
          </>,
        ],
        ["Rate", `${rate_per_second} a second`],
        [
          "Canary",
          canary
            ? `${plural(canary.count, unitOf(filter))}, stops ${canary.alone ? "after it" : `above ${canary.max_failed_percent} % failed`}`
            : "none",
        ],
        ["Began", <When at={created_at} />],
        ended_at !== null && ["Ended", <When at={ended_at} />],
      ]}
    />
  );
}
