import type { JobEvents } from "../ops-client.ts";
import { CopyButton } from "../parts/copy-button.tsx";
import { When } from "../parts/when.tsx";

/** The domain events of a job, each with its payload, which can be copied. */
export function JobEventList({ events }: { events: JobEvents }) {
  if (events.length === 0) {
    return <p class="quiet">None yet: an open scan tells others when it ends or is parked.</p>;
  }
  return (
    <>
      {events.map(({ seq, at, type, data }) => {
        const payload = JSON.stringify(data, null, 2);
        return (
          <details key={seq}>
            <summary>
              {seq} <strong>{type}</strong> <When at={at} />
            </summary>
            <pre tabindex={0}>{payload}</pre>
            <CopyButton what="payload" text={payload} />
          </details>
        );
      })}
      <p class="actions">
        <CopyButton what="all events" text={JSON.stringify(events, null, 2)} />
      </p>
    </>
  );
}
