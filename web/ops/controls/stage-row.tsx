import { type InferResponseType, parseResponse } from "hono/client";
import { useState } from "hono/jsx/dom";
import { useAccess } from "../ops-access.ts";
import type { OpsClient } from "../ops-client.ts";
import { FormError } from "../parts/form-error.tsx";
import { useAction } from "../parts/use-action.ts";
import { Lasting, When } from "../parts/when.tsx";
import { PauseDialog } from "./pause-dialog.tsx";

export type Stage = InferResponseType<OpsClient["stages"]["$get"]>["stages"][number];

/** A stage, and the button that pauses or resumes it. */
export function StageRow({ stage, onChanged }: { stage: Stage; onChanged: () => void }) {
  const { client, by } = useAccess();
  const { busy, error, act } = useAction();
  const [isDialogOpen, setDialogOpen] = useState(false);
  const request = { param: { stage: stage.stage }, json: { by } };
  const resume = () =>
    act(() => parseResponse(client.stages[":stage"].resume.$post(request)).then(onChanged));
  return (
    <li class="matter switch">
      <span class={`tag ${stage.paused ? "warn" : "good"}`}>
        {stage.paused ? "Paused" : "Running"}
      </span>
      <div>
        <h3>{stage.stage}</h3>
        {stage.paused && (
          <p class="quiet">
            {stage.reason} · {stage.by} · <Lasting since={stage.since} />
            {stage.until === null ? (
              ", until it is resumed"
            ) : (
              <>
                , ends <When at={stage.until} />
              </>
            )}
          </p>
        )}
        <FormError error={error} />
      </div>
      {stage.paused ? (
        <button type="button" disabled={busy} onClick={resume} aria-label={`Resume ${stage.stage}`}>
          Resume
        </button>
      ) : (
        <button
          type="button"
          onClick={() => setDialogOpen(true)}
          aria-label={`Pause ${stage.stage}`}
        >
          Pause …
        </button>
      )}
      {isDialogOpen && (
        <PauseDialog stage={stage} onPaused={onChanged} onClosed={() => setDialogOpen(false)} />
      )}
    </li>
  );
}
