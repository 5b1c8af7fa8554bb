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
import { plural } from "../format.ts";
import { begin } from "./dry-run.ts";
import { unitOf } from "./kind-words.ts";

const consequences: Record<Cause["kind"], (count: number) => string> = {
  stage: (count) =>
    `${plural(count, "scan fails", "scans fail")} for good, and the residents are told so.`,
  write: (count) => `${plural(count, "write is", "writes are")} lost for good.`,
  projection: (count) =>
    `${plural(count, "event stays", "events stay")} out until the projection is rebuilt.`,
};

/** Discards the dead letters of a cause for good, which asks for more than a click. */
export function DiscardDialog({ cause, onClosed }: { cause: Cause; onClosed: () => void }) {
  const { client } = useAccess();
  const { busy, error, act } = useAction();
  const [typed, setTyped] = useState("");
  const wanted = `discard ${cause.dead_letters}`;
  return (
    <Modal title={`Discard ${cause.error_code} at ${cause.source}`} onClosed={onClosed}>
      {(close) => (
        <form
          onSubmit={(event: Event) => {
            event.preventDefault();
            const text = fieldsOf(event);
            act(async () => {
              const id = await begin(client, {
                action: "discard",
                filter: { kind: cause.kind, fingerprint: cause.fingerprint },
                rate_per_second: 10,
                by: text("by"),
                why: text("why"),
              });
              location.hash = hrefOf("redrives", id);
            });
          }}
        >
          <p class="notice bad">
            {consequences[cause.kind](cause.dead_letters)} This cannot be undone.
          </p>
          <WhoAndWhy why="Residents are told it as the reason, and so are their webhooks." />
          <Field label={`Type “${wanted}”`}>
            {(attributes) => (
              <input
                {...attributes}
                autocomplete="off"
                onInput={({ currentTarget }: InputEvent) => {
                  if (currentTarget instanceof HTMLInputElement) setTyped(currentTarget.value);
                }}
              />
            )}
          </Field>
          <FormError error={error} />
          <p class="actions">
            <button type="submit" class="danger" disabled={busy || typed.trim() !== wanted}>
              {busy ? "Beginning …" : `Discard ${plural(cause.dead_letters, unitOf(cause))}`}
            </button>
            <button type="button" onClick={close}>
              Keep them
            </button>
          </p>
        </form>
      )}
    </Modal>
  );
}
