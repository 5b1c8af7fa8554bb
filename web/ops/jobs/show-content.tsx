import { parseResponse } from "hono/client";
import { useAccess } from "../ops-access.ts";
import type { JobContent } from "../ops-client.ts";
import { ActionForm } from "../parts/action-form.tsx";
import { Modal } from "../parts/modal.tsx";
import { WhoAndWhy } from "../parts/who-and-why.tsx";

/** What a job holds, and who was shown it why. It is kept in no storage of the browser. */
export interface ShownContent {
  content: JobContent;
  by: string;
  why: string;
}

interface Props {
  id: string;
  onShown: (shown: ShownContent) => void;
  onClosed: () => void;
}

/** Asks why before it shows what a resident wrote and was answered. */
export function ShowContent({ id, onShown, onClosed }: Props) {
  const { client } = useAccess();
  return (
    <Modal title="Show content" onClosed={onClosed}>
      {(close) => (
        <ActionForm
          submit="Show content"
          pending="Asking …"
          onCancel={close}
          onSubmit={async (textOf) => {
            const json = { by: textOf("by"), why: textOf("why") };
            const request = { param: { id }, json };
            const content = await parseResponse(client.jobs[":id"].content.$post(request));
            close();
            onShown({ content, ...json });
          }}
        >
          <p>A resident’s words, photo and answer. The audit notes who looked at them, and why.</p>
          <WhoAndWhy why="What you have to know of this scan, and for what." />
        </ActionForm>
      )}
    </Modal>
  );
}
