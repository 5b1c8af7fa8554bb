import { parseResponse } from "hono/client";
import { useAccess } from "../ops-access.ts";
import { ActionForm } from "../parts/action-form.tsx";
import { Field } from "../parts/field.tsx";
import { Modal } from "../parts/modal.tsx";
import { ResidentNotice } from "../parts/resident-notice.tsx";
import { When } from "../parts/when.tsx";
import { serverNow } from "../server-clock.ts";
import { WhoAndWhy } from "../parts/who-and-why.tsx";
import type { Stage } from "./stage-row.tsx";

/** Minutes of a pause; 0 until an operator resumes the stage. */
const durations = [
  [15, "15 minutes"],
  [60, "1 hour"],
  [240, "4 hours"],
  [0, "Until it is resumed"],
] as const;

interface Props {
  /** As it is now: somebody else may pause it while the dialog is open. */
  stage: Stage;
  onPaused: () => void;
  onClosed: () => void;
}

/** Pauses a stage until an end, with a reason for operators and a notice for residents. */
export function PauseDialog({ stage: now, onPaused, onClosed }: Props) {
  const { stage } = now;
  const { client } = useAccess();
  async function pause(textOf: (name: string) => string) {
    const minutes = Number(textOf("minutes"));
    const until = minutes === 0 ? null : new Date(serverNow() + minutes * 60_000).toISOString();
    const json = {
      by: textOf("by"),
      reason: textOf("why"),
      notice: textOf("notice") || null,
      until,
    };
    const request = { param: { stage }, json };
    await parseResponse(client.stages[":stage"].pause.$post(request));
    onPaused();
  }
  return (
    <Modal title={`Pause ${stage}`} onClosed={onClosed}>
      {(close) => (
        <ActionForm
          submit={`Pause ${stage}`}
          pending="Pausing …"
          onSubmit={(textOf) => pause(textOf).then(close)}
          onCancel={close}
        >
          <div role="status">
            {now.paused && (
              <p class="notice warn">
                {now.by} has paused it meanwhile: {now.reason}
                {now.until !== null && (
                  <>
                    , ends <When at={now.until} />
                  </>
                )}
                . Yours takes its place.
              </p>
            )}
          </div>
          <WhoAndWhy why="For operators: residents do not see it." />
          <ResidentNotice of="pause" />
          <Field
            label="For"
            control={({ id }) => (
              <select id={id} name="minutes">
                {durations.map(([minutes, text]) => (
                  <option key={minutes} value={minutes}>
                    {text}
                  </option>
                ))}
              </select>
            )}
          />
        </ActionForm>
      )}
    </Modal>
  );
}
