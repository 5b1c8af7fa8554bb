import { parseResponse } from "hono/client";
import type { OpsClient, Redrive } from "../ops-client.ts";
import { useAccess } from "../ops-access.ts";
import { Loaded } from "../parts/loaded.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { FormError } from "../parts/form-error.tsx";
import { useAction } from "../parts/use-action.ts";
import { When } from "../parts/when.tsx";
import { hrefOf } from "../href.ts";
import type { PageProps } from "../route.ts";
import { usePolled } from "../use-polled.ts";
import { plural } from "../format.ts";
import { unitOf } from "./kind-words.ts";
import { RedriveProgress } from "./redrive-progress.tsx";

/** One redrive, from its decision until the last dead letter is settled. */
export function RedrivePage({ of }: PageProps) {
  const id = of ?? "";
  const polled = usePolled(
    (client: OpsClient, signal: AbortSignal) =>
      parseResponse(client.redrives[":id"].$get({ param: { id } }, { init: { signal } })),
    { key: id, everyMs: 2_000 },
  );
  return (
    <>
      <p class="back">
        <a href={hrefOf("dead-letters")}>Dead letters</a>
      </p>
      <PageHead title={polled.data?.action === "discard" ? "Discard" : "Redrive"} polled={polled} />
      <Loaded polled={polled} what="the redrive">
        {(run) => <Run run={run} onChanged={polled.again} />}
      </Loaded>
    </>
  );
}

function Run({ run, onChanged }: { run: Redrive; onChanged: () => void }) {
  const { client, by } = useAccess();
  const { busy, error, act } = useAction();
  const { id, filter, canary, rate_per_second, created_at, ended_at } = run;
  const abort = () =>
    act(async () => {
      const abort = { param: { id }, json: { by } };
      await parseResponse(client.redrives[":id"].abort.$post(abort));
      onChanged();
    });
  return (
    <>
      <RedriveProgress run={run} />
      {run.status === "running" && (
        <p class="actions">
          <button type="button" class="danger" disabled={busy} onClick={abort}>
            Abort
          </button>
          <span class="hint">No more are taken; what was taken goes on.</span>
        </p>
      )}
      <FormError error={error} />
      <dl class="facts">
        <dt>Why</dt>
        <dd>{run.why}</dd>
        <dt>By</dt>
        <dd>{run.by}</dd>
        <dt>Which</dt>
        <dd>
          {filter.fingerprint === undefined ? (
            Object.values(filter).join(" ")
          ) : (
            <a href={hrefOf("dead-letters", filter.fingerprint)}>{filter.fingerprint}</a>
          )}
        </dd>
        <dt>Rate</dt>
        <dd>{rate_per_second} a second</dd>
        <dt>Canary</dt>
        <dd>
          {canary
            ? `${plural(canary.count, unitOf(filter))}, stops above ${canary.max_failed_percent} % failed`
            : "none"}
        </dd>
        <dt>Began</dt>
        <dd>
          <When at={created_at} />
        </dd>
        {ended_at !== null && (
          <>
            <dt>Ended</dt>
            <dd>
              <When at={ended_at} />
            </dd>
          </>
        )}
      </dl>
    </>
  );
}
