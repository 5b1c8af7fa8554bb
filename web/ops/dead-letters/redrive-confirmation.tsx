import { useAccess } from "../ops-access.ts";
import { ActionForm } from "../parts/action-form.tsx";
import { Facts } from "../parts/facts.tsx";
import { hrefOf } from "../href.ts";
import { formatCount, formatDuration, formatMoney, plural } from "../format.ts";
import { begin, type Decision } from "./dry-run.ts";
import { unitOf } from "./kind-words.ts";
import type { Redrivable } from "./redrivable.ts";

interface Props {
  decision: Decision;
  /** How many dead letters the dry run has counted. */
  count: number;
  of: Redrivable;
  onBack: () => void;
}

/** What a redrive takes and costs, and the button that begins it. */
export function RedriveConfirmation({ decision, count, of, onBack }: Props) {
  const { client } = useAccess();
  const { canary, rate_per_second } = decision;
  return (
    <ActionForm
      submit={`Redrive ${plural(count, unitOf(of))}`}
      pending="Beginning …"
      cancel="Back"
      disabled={count === 0}
      onSubmit={async () => {
        location.hash = hrefOf("redrives", await begin(client, decision));
      }}
      onCancel={onBack}
    >
      <p class="lead" role="status">
        Dry run: {plural(count, unitOf(of))} would be redriven.
      </p>
      <Facts
        facts={[
          [
            "Takes",
            `about ${formatDuration(Math.ceil(count / rate_per_second))}, and the work itself`,
          ],
          ["Costs", costText(of.cost_each_usd, count)],
          [
            "Canary",
            canary
              ? `${formatCount(Math.min(canary.count, count))} first; stops above ${formatCount(canary.max_failed_percent)} % failed`
              : "none",
          ],
          of.kind === "stage" && [
            "Kept",
            "the outputs of earlier stages, so that they are not paid for again",
          ],
        ]}
      />
    </ActionForm>
  );
}

function costText(each: number | null, count: number): string {
  if (each === null) return "not known: the model has not answered yet";
  if (each === 0) return "nothing";
  return `at most ${formatMoney(each * count)}, were every attempt paid at the mean price`;
}
