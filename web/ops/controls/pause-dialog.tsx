import { parseResponse } from "hono/client";
import { useAccess } from "../ops-access.ts";
import type { Stage } from "../ops-client.ts";
import { Field } from "../parts/field.tsx";
import { fieldsOf } from "../parts/form-fields.ts";
import { Modal } from "../parts/modal.tsx";
import { FormError } from "../parts/form-error.tsx";
import { useAction } from "../parts/use-action.ts";
import { WhoAndWhy } from "../parts/who-and-why.tsx";

/** Minutes of a pause; 0 until an operator resumes the stage. */
const durations = [
  [15, "15 minutes"],
  [60, "1 hour"],
  [240, "4 hours"],
  [0, "Until it is resumed"],
] as const;

interface Props {
  stage: Stage;
  onPaused: () => void;
  onClosed: () => void;
}

/** Pauses a stage until an end, with a reason that explains the wait to residents. */
export function PauseDialog({ stage, onPaused, onClosed }: Props) {
  const { client } = useAccess();
  const { busy, error, act } = useAction();
  return (
    <Modal title={`Pause ${stage}`} onClosed={onClosed}>
      {(close) => (
        <form
          onSubmit={(event: Event) => {
            event.preventDefault();
            const field = fieldsOf(event);
            const minutes = Number(field("minutes"));
            const until =
              minutes === 0 ? null : new Date(Date.now() + minutes * 60_000).toISOString();
            const json = { by: field("by"), reason: field("why"), until };
            act(async () => {
              const request = { param: { stage }, json };
              await parseResponse(client.stages[":stage"].pause.$post(request));
              onPaused();
              close();
            });
          }}
        >
          <WhoAndWhy why="Shown to operators beside every scan that waits for it." />
          <Field label="For">
            {(attributes) => (
              <select {...attributes} name="minutes">
                {durations.map(([minutes, text]) => (
                  <option key={minutes} value={minutes}>
                    {text}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <FormError error={error} />
          <p class="actions">
            <button type="submit" class="primary" disabled={busy}>
              {busy ? "Pausing …" : `Pause ${stage}`}
            </button>
            <button type="button" onClick={close}>
              Cancel
            </button>
          </p>
        </form>
      )}
    </Modal>
  );
}
