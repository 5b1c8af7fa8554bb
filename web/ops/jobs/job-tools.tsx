import { useState } from "hono/jsx/dom";
import type { Job } from "../ops-client.ts";
import { CopyButton } from "../parts/copy-button.tsx";
import { useSessionChange } from "../use-session-change.ts";
import { hrefOfAudit } from "../audit/audit-view.ts";
import { CancelJobs, RedriveJobs } from "./job-actions.tsx";
import { JobContentSection } from "./job-content.tsx";
import { hrefOfJobs } from "./job-view.ts";
import { ShowContent, type ShownContent } from "./show-content.tsx";

/** What an operator can do with one job, and where its user's other jobs are. */
export function JobTools({ job, onChanged }: { job: Job; onChanged: () => void }) {
  const [action, setAction] = useState<"redrive" | "cancel" | "content" | null>(null);
  const { job_id, status, user_id, ended_at } = job;
  const [shown, setShown] = useState<ShownContent | null>(null);
  const [done, setDone] = useState<string | null>(null);
  const close = () => setAction(null);
  useSessionChange(() => setShown(null));
  return (
    <>
      <div class="actions" role="group" aria-label="This job">
        {status === "parked" && (
          <button type="button" onClick={() => setAction("redrive")}>
            Redrive …
          </button>
        )}
        {ended_at === null && (
          <button type="button" class="danger" onClick={() => setAction("cancel")}>
            Cancel …
          </button>
        )}
        <button type="button" onClick={() => setAction("content")}>
          Show content …
        </button>
        <CopyButton what="id" text={job_id} />
        <CopyButton what="link" text={location.href} />
        <CopyButton what="curl" text={curlOf(job_id)} />
        <a href={hrefOfJobs({ user: user_id })}>Jobs of this user</a>
        <a href={hrefOfAudit({ target: job_id })}>What operators did</a>
      </div>
      <p role="status" class={done === null ? "unseen" : "notice"}>
        {done}
      </p>
      {shown && <JobContentSection shown={shown} onHidden={() => setShown(null)} />}
      {action === "content" && <ShowContent id={job_id} onClosed={close} onShown={setShown} />}
      {action === "redrive" && <RedriveJobs jobs={[job]} onClosed={close} />}
      {action === "cancel" && (
        <CancelJobs
          jobs={[job]}
          onClosed={close}
          onDone={(what) => {
            setDone(what);
            onChanged();
          }}
        />
      )}
    </>
  );
}

/** The job as the API has it; the token is the reader's own. */
const curlOf = (id: string): string =>
  `curl -s "${location.origin}/api/v1/ops/jobs/${id}" -H "Authorization: Bearer $OPS_TOKEN"`;
