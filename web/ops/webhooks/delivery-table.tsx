import { parseResponse } from "hono/client";
import { useAccess } from "../ops-access.ts";
import type { Delivery } from "../ops-client.ts";
import { hrefOf } from "../href.ts";
import { DataTable } from "../parts/data-table.tsx";
import { FormError } from "../parts/form-error.tsx";
import { useAction } from "../parts/use-action.ts";
import { When } from "../parts/when.tsx";

interface Props {
  deliveries: readonly Delivery[];
  onChanged: () => void;
}

const tones = { delivered: "good", pending: "warn", failed: "bad" };

/** Deliveries one by one: to whom, what came of each, and when it is tried again. */
export function DeliveryTable({ deliveries, onChanged }: Props) {
  if (deliveries.length === 0) {
    return <p class="quiet">None was sent: a scan asks for webhooks with its callback_url.</p>;
  }
  return (
    <DataTable
      label="Webhooks"
      rows={deliveries}
      keyOf={({ id }) => id}
      columns={[
        { head: "Created", cell: ({ created_at }) => <When at={created_at} /> },
        { head: "Type", isHeader: true, cell: ({ type }) => type },
        { head: "Scan", cell: jobOf },
        { head: "To", class: "id", cell: ({ url }) => new URL(url).host },
        {
          head: "Status",
          cell: ({ status }) => <span class={`tag ${tones[status]}`}>{status}</span>,
        },
        { head: "Attempts", count: ({ attempts }) => attempts },
        { head: "Last answer", cell: answerOf },
        { head: "Next attempt", cell: nextOf },
        {
          head: "Again",
          cell: (delivery) => <DeliverAgain delivery={delivery} onChanged={onChanged} />,
        },
      ]}
    />
  );
}

const jobOf = ({ job_id }: Delivery) => (
  <a class="id" href={hrefOf("jobs", job_id)} title={job_id}>
    {job_id.slice(0, 8)}
  </a>
);

const answerOf = ({ last_status, last_error }: Delivery) =>
  last_error ?? (last_status === null ? <span class="quiet">–</span> : `HTTP ${last_status}`);

const nextOf = ({ status, next_attempt_at }: Delivery) =>
  status === "pending" ? <When at={next_attempt_at} /> : <span class="quiet">–</span>;

/** Delivers one that has ended again. */
function DeliverAgain({ delivery, onChanged }: { delivery: Delivery; onChanged: () => void }) {
  const { client, by } = useAccess();
  const { busy, error, act } = useAction();
  const { id, status, type } = delivery;
  if (status === "pending") return <span class="quiet">by itself</span>;
  const request = { param: { id }, json: { by } };
  const deliver = () =>
    act(() => parseResponse(client.webhooks[":id"].redeliver.$post(request)).then(onChanged));
  return (
    <>
      <button type="button" disabled={busy} onClick={deliver} aria-label={`Deliver again: ${type}`}>
        Deliver again
      </button>
      <FormError error={error} />
    </>
  );
}
