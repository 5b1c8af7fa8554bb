import { useState } from "hono/jsx/dom";
import { useAccess } from "../ops-access.ts";
import { ActionForm } from "../parts/action-form.tsx";
import { Field } from "../parts/field.tsx";
import { Modal } from "../parts/modal.tsx";
import { WhoAndWhy } from "../parts/who-and-why.tsx";
import { type Counted, type Decision, dryRun } from "./dry-run.ts";
import { unitOf } from "./kind-words.ts";
import type { Redrivable } from "./redrivable.ts";
import { RedriveConfirmation } from "./redrive-confirmation.tsx";

/**
 * Redrives dead letters in two steps: a dry run counts what it takes and what that may cost, and only what
 * was counted is confirmed.
 */
export function RedriveDialog({ of, onClosed }: { of: Redrivable; onClosed: () => void }) {
  const { client } = useAccess();
  const [counted, setCounted] = useState<{ decision: Decision; counted: Counted } | null>(null);
  const [hasCanary, setHasCanary] = useState(true);

  async function count(textOf: (name: string) => string) {
    const canary = {
      count: Number(textOf("count")),
      max_failed_percent: Number(textOf("percent")),
    };
    const decision: Decision = {
      action: "redrive",
      filter: of.filter,
      rate_per_second: Number(textOf("rate")),
      ...(hasCanary && { canary }),
      by: textOf("by"),
      why: textOf("why"),
    };
    setCounted({ decision, counted: await dryRun(client, decision) });
  }

  const number = { type: "number", required: true, min: 1, max: 100 } as const;
  return (
    <Modal title={`Redrive ${of.title}`} onClosed={onClosed}>
      {(close) => (
        <>
          <ActionForm
            submit="Dry run"
            pending="Counting …"
            hidden={counted !== null}
            onSubmit={count}
            onCancel={close}
          >
            <WhoAndWhy why="What was repaired, so that they will get through." />
            <Field
              label={`${unitOf(of).replace(/^./, (it) => it.toUpperCase())}s per second`}
              hint="At most so many go back to their queue."
              name="rate"
              {...number}
              value="10"
            />
            <fieldset>
              <legend>Canary</legend>
              <label class="check">
                <input
                  type="checkbox"
                  checked={hasCanary}
                  onChange={() => setHasCanary(!hasCanary)}
                />
                Send a few first, and stop if they fail again
              </label>
              {hasCanary && (
                <div class="pair">
                  <Field label="First" name="count" {...number} value={of.canary} />
                  <Field
                    label="Stop above, % failed"
                    name="percent"
                    {...number}
                    min={0}
                    value="20"
                  />
                </div>
              )}
            </fieldset>
          </ActionForm>
          {counted && <RedriveConfirmation {...counted} of={of} onBack={() => setCounted(null)} />}
        </>
      )}
    </Modal>
  );
}
