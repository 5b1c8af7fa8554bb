import type { DeadLetters } from "../ops-client.ts";
import { DataTable } from "../parts/data-table.tsx";
import { When } from "../parts/when.tsx";
import { serverNow } from "../server-clock.ts";
import { hrefOf } from "../href.ts";
import { automaticRedriveWords } from "./redrive-words.ts";

type DeadLetter = DeadLetters["dead_letters"][number];

/** Dead letters one by one, and when each is redriven automatically. */
export function DeadLetterTable({ deadLetters }: { deadLetters: DeadLetter[] }) {
  if (deadLetters.length === 0) return <p class="quiet">There is none.</p>;
  return (
    <DataTable
      label="Dead letters"
      rows={deadLetters}
      keyOf={({ id }) => id}
      columns={[
        { head: "Of", isHeader: true, cell: subjectOf },
        { head: "Status", cell: ({ status }) => status },
        { head: "Attempts", count: ({ attempts }) => attempts },
        { head: "Redrives", count: ({ redrives }) => redrives },
        { head: "First seen", cell: ({ first_seen_at }) => <When at={first_seen_at} /> },
        { head: "Last seen", cell: ({ last_seen_at }) => <When at={last_seen_at} /> },
        { head: "Automatic redrive", cell: nextRedriveOf },
      ]}
    />
  );
}

/** The job of a dead letter, or what it is instead. */
function subjectOf({ job_id, kind, body, error_code }: DeadLetter) {
  if (job_id !== null) {
    return (
      <a class="id" href={hrefOf("jobs", job_id)} title={job_id}>
        {job_id.slice(0, 8)}
      </a>
    );
  }
  const isMessage = kind === "write" && body !== null;
  const text = isMessage ? "message" : "event in the archive";
  const isUnreadable = error_code === "MESSAGE_UNREADABLE";
  return <span class="quiet">{isUnreadable ? "message that could not be read" : text}</span>;
}

function nextRedriveOf(letter: DeadLetter) {
  if (letter.status !== "parked") return <span class="quiet">–</span>;
  return (
    automaticRedriveWords(letter, serverNow()) ?? (
      <>
        redriven <When at={letter.next_redrive_at} />
      </>
    )
  );
}
