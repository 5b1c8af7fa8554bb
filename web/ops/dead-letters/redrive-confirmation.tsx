import { useAccess } from "../ops-access.ts";
import { ActionForm } from "../parts/action-form.tsx";
import { Facts } from "../parts/facts.tsx";
import { When } from "../parts/when.tsx";
import { hrefOf } from "../href.ts";
import { formatCount, formatDuration, formatMoney, plural } from "../format.ts";
import { serverNow } from "../server-clock.ts";
import { begin, type Counted, type Decision } from "./dry-run.ts";
import { unitOf } from "./kind-words.ts";
import type { Redrivable } from "./redrivable.ts";

interface Props {
  decision: Decision;
  /** What the dry run has found. */
  counted: Counted;
  of: Redrivable;
  onBack: () => void;
}

/** What a redrive takes and costs, which breakers it meets, and the buttons that begin it. */
export function RedriveConfirmation({ decision, counted, of, onBack }: Props) {
  const { client } = useAccess();
  const { canary, rate_per_second } = decision;
  const { dead_letters: count } = counted;
  const breakers = counted.breakers ?? [];
  const canProbe = breakers.length > 0 && count > 1;
  async function start(decided: Decision) {
    location.hash = hrefOf("redrives", await begin(client, decided));
  }
  return (
    <ActionForm
      submit={`Redrive ${plural(count, unitOf(of))}`}
      pending="Beginning …"
      cancel="Back"
      disabled={count === 0}
      other={
        canProbe
          ? { submit: "Probe with one first", act: () => start({ ...decision, canary: oneProbe }) }
          : undefined
      }
      onSubmit={() => start(decision)}
      onCancel={onBack}
    >
      <p class="lead" role="status">
        Dry run: {plural(count, unitOf(of))} would be redriven.
      </p>
      {breakers.map((breaker) => (
        <BreakerNotice key={breaker.provider} breaker={breaker} unit={unitOf(of)} />
      ))}
      {canProbe && (
        <p>
          Probe with one first: if it gets through, the breaker closes, and the automatic redrive
          may take the rest.
        </p>
      )}
      {counted.breakers === null && (
        <p class="notice warn">Whether a circuit breaker is open is not known now.</p>
      )}
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

/** One scan decides; the redrive's page then offers the rest. */
const oneProbe = { count: 1, max_failed_percent: 0, alone: true } as const;

interface BreakerProps {
  breaker: NonNullable<Counted["breakers"]>[number];
  unit: string;
}

function BreakerNotice({ breaker, unit }: BreakerProps) {
  const { provider, state, opened_at, next_probe_at, dead_letters } = breaker;
  const due = Date.parse(next_probe_at) <= serverNow();
  return (
    <p class="notice warn">
      The breaker of {provider} is {state}, opened <When at={opened_at} />;{" "}
      {due ? (
        "the next call probes it"
      ) : (
        <>
          the next probe is <When at={next_probe_at} />
        </>
      )}
      . {plural(dead_letters, `${unit} calls`, `${unit}s call`)} {provider}, and would wait for it.
    </p>
  );
}

function costText(each: number | null, count: number): string {
  if (each === null) return "not known: the model has not answered yet";
  if (each === 0) return "nothing";
  return `at most ${formatMoney(each * count)}, were every attempt paid at the mean price`;
}
