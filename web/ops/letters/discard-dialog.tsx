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

/** Gives the scans of a cause up for good, which asks for more than a click. */
export function DiscardDialog({ cause, onClosed }: { cause: Cause; onClosed: () => void }) {
  const { client } = useAccess();
  const { busy, error, act } = useAction();
  const [typed, setTyped] = useState("");
  const wanted = `discard ${cause.letters}`;
  return (
    <Modal title={`Discard ${cause.error_code} at ${cause.stage}`} onClosed={onClosed}>
      {(close) => (
        <form
          onSubmit={(event: Event) => {
            event.preventDefault();
            const text = fieldsOf(event);
            act(async () => {
              const id = await begin(client, {
                action: "discard",
                filter: { fingerprint: cause.fingerprint },
                rate_per_second: 10,
                by: text("by"),
                why: text("why"),
              });
              location.hash = hrefOf("redrives", id);
            });
          }}
        >
          <p class="notice bad">
            {plural(cause.letters, "scan fails", "scans fail")} for good, and the residents are told
            so. This cannot be undone.
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
              {busy ? "Beginning …" : `Discard ${plural(cause.letters, "scan")}`}
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
