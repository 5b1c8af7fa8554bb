import { useState } from "hono/jsx/dom";
import { useAccess } from "../ops-access.ts";
import type { Cause } from "../ops-client.ts";
import { Field } from "../parts/field.tsx";
import { fieldsOf } from "../parts/form-fields.ts";
import { Modal } from "../parts/modal.tsx";
import { FormError } from "../parts/form-error.tsx";
import { useAction } from "../parts/use-action.ts";
import { WhoAndWhy } from "../parts/who-and-why.tsx";
import { hrefOf } from "../href.ts";
import { formatCount, formatDuration, formatMoney, plural } from "../format.ts";
import { begin, type Decision, dryRun } from "./dry-run.ts";
import { unitOf } from "./kind-words.ts";

/**
 * Redrives a cause in two steps: a dry run counts what it takes and what that may cost, and only what
 * was counted is confirmed.
 */
export function RedriveDialog({ cause, onClosed }: { cause: Cause; onClosed: () => void }) {
  const { client } = useAccess();
  const { busy, error, act } = useAction();
  const [counted, setCounted] = useState<{ decision: Decision; count: number } | null>(null);
  const [gentle, setGentle] = useState(true);

  const count = (decision: Decision) =>
    act(async () => setCounted({ decision, count: await dryRun(client, decision) }));
  const go = (decision: Decision) =>
    act(async () => {
      location.hash = hrefOf("redrives", await begin(client, decision));
    });

  return (
    <Modal title={`Redrive ${cause.error_code} at ${cause.source}`} onClosed={onClosed}>
      {(close) => (
        <>
          <form
            hidden={counted !== null}
            onSubmit={(event: Event) => {
              event.preventDefault();
              count(decisionIn(event, cause, gentle));
            }}
          >
            <WhoAndWhy why="What was repaired, so that they will get through." />
            <Field
              label={`${unitOf(cause).replace(/^./, (it) => it.toUpperCase())}s per second`}
              hint="At most so many go back to their queue."
            >
              {(attributes) => (
                <input
                  {...attributes}
                  name="rate"
                  type="number"
                  required
                  min={1}
                  max={100}
                  value="10"
                />
              )}
            </Field>
            <fieldset>
              <legend>Canary</legend>
              <label class="check">
                <input type="checkbox" checked={gentle} onChange={() => setGentle(!gentle)} />
                Send a few first, and stop if they fail again
              </label>
              {gentle && (
                <div class="pair">
                  <Field label="First">
                    {(attributes) => (
                      <input
                        {...attributes}
                        name="count"
                        type="number"
                        required
                        min={1}
                        max={100}
                        value={Math.min(5, Math.max(1, Math.floor(cause.dead_letters / 2)))}
                      />
                    )}
                  </Field>
                  <Field label="Stop above, % failed">
                    {(attributes) => (
                      <input
                        {...attributes}
                        name="percent"
                        type="number"
                        required
                        min={0}
                        max={100}
                        value="20"
                      />
                    )}
                  </Field>
                </div>
              )}
            </fieldset>
            <p class="actions">
              <button type="submit" class="primary" disabled={busy}>
                {busy ? "Counting …" : "Dry run"}
              </button>
              <button type="button" onClick={close}>
                Cancel
              </button>
            </p>
          </form>
          {counted && (
            <Confirmation
              counted={counted}
              cause={cause}
              busy={busy}
              onGo={() => go(counted.decision)}
              onBack={() => setCounted(null)}
            />
          )}
          <FormError error={error} />
        </>
      )}
    </Modal>
  );
}

function decisionIn(event: Event, { kind, fingerprint }: Cause, gentle: boolean): Decision {
  const text = fieldsOf(event);
  const canary = { count: Number(text("count")), max_failed_percent: Number(text("percent")) };
  return {
    action: "redrive",
    filter: { kind, fingerprint },
    rate_per_second: Number(text("rate")),
    ...(gentle && { canary }),
    by: text("by"),
    why: text("why"),
  };
}

interface ConfirmationProps {
  counted: { decision: Decision; count: number };
  cause: Cause;
  busy: boolean;
  onGo: () => void;
  onBack: () => void;
}

function Confirmation({ counted, cause, busy, onGo, onBack }: ConfirmationProps) {
  const { count, decision } = counted;
  const { canary, rate_per_second } = decision;
  return (
    <div class="confirmation">
      <p class="lead" role="status">
        Dry run: {plural(count, unitOf(cause))} would be redriven.
      </p>
      <dl class="facts">
        <dt>Takes</dt>
        <dd>about {formatDuration(Math.ceil(count / rate_per_second))}, and the work itself</dd>
        <dt>Costs</dt>
        <dd>{costWords(cause.cost_each_usd, count)}</dd>
        <dt>Canary</dt>
        <dd>
          {canary
            ? `${formatCount(Math.min(canary.count, count))} first; stops above ${formatCount(canary.max_failed_percent)} % failed`
            : "none"}
        </dd>
        {cause.kind === "stage" && (
          <>
            <dt>Kept</dt>
            <dd>the outputs of earlier stages, so that they are not paid for again</dd>
          </>
        )}
      </dl>
      <p class="actions">
        <button type="button" class="primary" disabled={busy || count === 0} onClick={onGo}>
          {busy ? "Beginning …" : `Redrive ${plural(count, unitOf(cause))}`}
        </button>
        <button type="button" onClick={onBack}>
          Back
        </button>
      </p>
    </div>
  );
}

function costWords(each: number | null, count: number): string {
  if (each === null) return "not known: the model has not answered yet";
  if (each === 0) return "nothing";
  return `at most ${formatMoney(each * count)}, were every attempt paid at the mean price`;
}
