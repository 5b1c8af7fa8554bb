import { useAccess } from "../access.ts";
import { bodyOf } from "../api/answer.ts";
import type { Stage } from "../api/shapes.ts";
import { Field } from "../parts/field.tsx";
import { textsIn } from "../parts/form-texts.ts";
import { Modal } from "../parts/modal.tsx";
import { Trouble } from "../parts/trouble.tsx";
import { useAction } from "../parts/use-action.ts";
import { WhoAndWhy } from "../parts/who-and-why.tsx";

/** For how long, in minutes; 0 until somebody resumes it. */
const lengths = [
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

/** Pauses a stage, with a reason that residents' waiting is explained by, and an end. */
export function PauseDialog({ stage, onPaused, onClosed }: Props) {
  const { client } = useAccess();
  const { busy, error, act } = useAction();
  return (
    <Modal title={`Pause ${stage}`} onClosed={onClosed}>
      {(close) => (
        <form
          onSubmit={(event: Event) => {
            event.preventDefault();
            const text = textsIn(event);
            const minutes = Number(text("minutes"));
            const until =
              minutes === 0 ? null : new Date(Date.now() + minutes * 60_000).toISOString();
            const json = { by: text("by"), reason: text("why"), until };
            act(async () => {
              const order = { param: { stage }, json };
              await bodyOf(client.stages[":stage"].pause.$post(order));
              onPaused();
              close();
            });
          }}
        >
          <WhoAndWhy why="Shown to operators beside every scan that waits for it." />
          <Field label="For">
            {(attributes) => (
              <select {...attributes} name="minutes">
                {lengths.map(([minutes, words]) => (
                  <option key={minutes} value={minutes}>
                    {words}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Trouble error={error} />
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
