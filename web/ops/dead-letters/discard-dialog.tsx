import { useState } from "hono/jsx/dom";
import { useAccess } from "../ops-access.ts";
import type { Cause } from "../ops-client.ts";
import { ActionForm } from "../parts/action-form.tsx";
import { Field } from "../parts/field.tsx";
import { Modal } from "../parts/modal.tsx";
import { ResidentNotice } from "../parts/resident-notice.tsx";
import { WhoAndWhy } from "../parts/who-and-why.tsx";
import { hrefOf } from "../href.ts";
import { plural } from "../format.ts";
import { begin } from "./dry-run.ts";
import { unitOf } from "./kind-words.ts";
import type { Redrivable } from "./redrivable.ts";

const consequences: Record<Cause["kind"], (count: number) => string> = {
  stage: (count) =>
    `${plural(count, "scan fails", "scans fail")} for good, and the residents are notified.`,
  write: (count) => `${plural(count, "write is", "writes are")} lost for good.`,
  projection: (count) =>
    `${plural(count, "event stays", "events stay")} out until the projection is rebuilt.`,
};

/** Discards the dead letters for good, which asks for more than a click. */
export function DiscardDialog({ of, onClosed }: { of: Redrivable; onClosed: () => void }) {
  const { client } = useAccess();
  const [typed, setTyped] = useState("");
  const wanted = `discard ${of.dead_letters}`;
  return (
    <Modal title={`Discard ${of.title}`} onClosed={onClosed}>
      {(close) => (
        <ActionForm
          submit={`Discard ${plural(of.dead_letters, unitOf(of))}`}
          pending="Beginning …"
          cancel="Keep them"
          tone="danger"
          disabled={typed.trim() !== wanted}
          onSubmit={async (textOf) => {
            const id = await begin(client, {
              action: "discard",
              filter: of.filter,
              rate_per_second: 10,
              by: textOf("by"),
              why: textOf("why"),
              notice: textOf("notice") || null,
            });
            location.hash = hrefOf("redrives", id);
          }}
          onCancel={close}
        >
          <p class="notice bad">{consequences[of.kind](of.dead_letters)} This cannot be undone.</p>
          <WhoAndWhy why="For operators: residents do not see it." />
          {of.kind === "stage" && <ResidentNotice of="discard" />}
          <Field
            label={`Type “${wanted}”`}
            autocomplete="off"
            onInput={({ currentTarget }: InputEvent) => {
              if (currentTarget instanceof HTMLInputElement) setTyped(currentTarget.value);
            }}
          />
        </ActionForm>
      )}
    </Modal>
  );
}
