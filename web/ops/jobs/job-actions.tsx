import { parseResponse } from "hono/client";
import { useState } from "hono/jsx/dom";
import { useAccess } from "../ops-access.ts";
import type { ListedJob } from "../ops-client.ts";
import { plural } from "../format.ts";
import { hrefOf } from "../href.ts";
import { ActionForm } from "../parts/action-form.tsx";
import { Modal } from "../parts/modal.tsx";
import { WhoAndWhy } from "../parts/who-and-why.tsx";
import { cancelWords } from "./cancel-words.ts";

interface Props {
  /** The jobs that were ticked. */
  jobs: readonly ListedJob[];
  onDone: (what: string) => void;
  onClear: () => void;
}

type Action = "redrive" | "cancel";
const isEnded = ({ ended_at }: ListedJob) => ended_at !== null;

/** What can be done with the jobs that were ticked. */
export function JobActions({ jobs, onDone, onClear }: Props) {
  const [action, setAction] = useState<Action | null>(null);
  const parked = jobs.filter(({ status }) => status === "parked");
  const open = jobs.filter((job) => !isEnded(job));
  return (
    <div class="actions ticked" role="group" aria-label="Ticked jobs">
      <span>{plural(jobs.length, "job")} ticked</span>
      <button type="button" disabled={parked.length === 0} onClick={() => setAction("redrive")}>
        Redrive {parked.length} …
      </button>
      <button
        type="button"
        class="danger"
        disabled={open.length === 0}
        onClick={() => setAction("cancel")}
      >
        Cancel {open.length} …
      </button>
      <button type="button" class="plain" onClick={onClear}>
        Untick
      </button>
      {action === "redrive" && <RedriveJobs jobs={parked} onClosed={() => setAction(null)} />}
      {action === "cancel" && (
        <CancelJobs jobs={open} onClosed={() => setAction(null)} onDone={onDone} />
      )}
    </div>
  );
}

interface DialogProps {
  jobs: readonly Pick<ListedJob, "job_id">[];
  onClosed: () => void;
}

/** Redrives parked jobs, and goes to the redrive, which shows what becomes of them. */
export function RedriveJobs({ jobs, onClosed }: DialogProps) {
  const { client } = useAccess();
  return (
    <Modal title={`Redrive ${plural(jobs.length, "job")}`} onClosed={onClosed}>
      {(close) => (
        <ActionForm
          submit={`Redrive ${plural(jobs.length, "job")}`}
          pending="Starting …"
          onCancel={close}
          onSubmit={async (textOf) => {
            const json = {
              filter: { kind: "stage" as const, job_ids: jobs.map(({ job_id }) => job_id) },
              by: textOf("by"),
              why: textOf("why"),
            };
            const begun = await parseResponse(client.redrives.$post({ json }));
            close();
            if ("id" in begun) location.hash = hrefOf("redrives", begun.id);
          }}
        >
          <p>They run again from the stage that failed. What was paid for before is kept.</p>
          <WhoAndWhy why="What was repaired, so that they will get through." />
        </ActionForm>
      )}
    </Modal>
  );
}

/** Cancels open jobs. */
export function CancelJobs({
  jobs,
  onClosed,
  onDone,
}: DialogProps & { onDone: (what: string) => void }) {
  const { client } = useAccess();
  return (
    <Modal title={`Cancel ${plural(jobs.length, "job")}`} onClosed={onClosed}>
      {(close) => (
        <ActionForm
          submit={`Cancel ${plural(jobs.length, "job")}`}
          pending="Cancelling …"
          cancel="Keep them"
          tone="danger"
          onCancel={close}
          onSubmit={async (textOf) => {
            const json = {
              job_ids: jobs.map(({ job_id }) => job_id),
              by: textOf("by"),
              why: textOf("why"),
            };
            const { jobs: done } = await parseResponse(client.jobs.cancel.$post({ json }));
            close();
            onDone(cancelWords(done));
          }}
        >
          <p>Residents see that their scan was cancelled. It cannot be brought back.</p>
          <WhoAndWhy why="The audit shows it to other operators." />
        </ActionForm>
      )}
    </Modal>
  );
}
