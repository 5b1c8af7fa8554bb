import { type InferResponseType, parseResponse } from "hono/client";
import { useAccess } from "../ops-access.ts";
import type { OpsClient } from "../ops-client.ts";
import { FormError } from "../parts/form-error.tsx";
import { useAction } from "../parts/use-action.ts";
import { Lasting } from "../parts/when.tsx";
import { plural } from "../format.ts";

type Breaker = InferResponseType<OpsClient["breakers"]["$get"]>["breakers"][number];

const stateTexts = { closed: "Closed", open: "Open", "half-open": "Half-open" };

/** A provider's circuit breaker, and the button that resets it. */
export function BreakerRow({ breaker, onChanged }: { breaker: Breaker; onChanged: () => void }) {
  const { client, by } = useAccess();
  const { busy, error, act } = useAction();
  const { provider, state, failures, failing_since, opened_at } = breaker;
  const tone = state === "closed" ? "good" : "warn";
  const request = { param: { provider }, json: { by } };
  const reset = () =>
    act(() => parseResponse(client.breakers[":provider"].reset.$post(request)).then(onChanged));
  return (
    <li class="matter switch">
      <span class={`tag ${tone}`}>{stateTexts[state]}</span>
      <div>
        <h3>{provider}</h3>
        {failures > 0 && (
          <p class="quiet">
            {plural(failures, "failure")} in a row <Lasting since={failing_since} />
            {opened_at !== null && (
              <>
                , open <Lasting since={opened_at} />
              </>
            )}
          </p>
        )}
        <FormError error={error} />
      </div>
      {failures > 0 && (
        <button type="button" disabled={busy} onClick={reset} aria-label={`Reset ${provider}`}>
          Reset
        </button>
      )}
    </li>
  );
}
