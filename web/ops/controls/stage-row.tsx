import type { InferResponseType } from "hono/client";
import { useState } from "hono/jsx/dom";
import { useAccess } from "../access.ts";
import { bodyOf } from "../api/answer.ts";
import type { OpsClient } from "../api/client.ts";
import { Trouble } from "../parts/trouble.tsx";
import { useAction } from "../parts/use-action.ts";
import { Lasting, When } from "../parts/when.tsx";
import { PauseDialog } from "./pause-dialog.tsx";

type Stage = InferResponseType<OpsClient["stages"]["$get"]>["stages"][number];

/** A stage that goes or is paused, and the button to the other. */
export function StageRow({ stage, onChanged }: { stage: Stage; onChanged: () => void }) {
  const { client, by } = useAccess();
  const { busy, error, act } = useAction();
  const [asking, setAsking] = useState(false);
  const resume = () =>
    act(async () => {
      const order = { param: { stage: stage.stage }, json: { by } };
      await bodyOf(client.stages[":stage"].resume.$post(order));
      onChanged();
    });
  return (
    <li class={`matter switch ${stage.paused ? "warn" : ""}`}>
      <span class={`tag ${stage.paused ? "warn" : "good"}`}>
        {stage.paused ? "Paused" : "Going"}
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
        <Trouble error={error} />
      </div>
      {stage.paused ? (
        <button type="button" disabled={busy} onClick={resume} aria-label={`Resume ${stage.stage}`}>
          Resume
        </button>
      ) : (
        <button type="button" onClick={() => setAsking(true)} aria-label={`Pause ${stage.stage}`}>
          Pause …
        </button>
      )}
      {asking && (
        <PauseDialog stage={stage.stage} onPaused={onChanged} onClosed={() => setAsking(false)} />
      )}
    </li>
  );
}
