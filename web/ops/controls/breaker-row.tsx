import type { InferResponseType } from "hono/client";
import { useAccess } from "../access.ts";
import { bodyOf } from "../api/answer.ts";
import type { OpsClient } from "../api/client.ts";
import { Trouble } from "../parts/trouble.tsx";
import { useAction } from "../parts/use-action.ts";
import { Lasting } from "../parts/when.tsx";
import { plural } from "../words.ts";

type Breaker = InferResponseType<OpsClient["breakers"]["$get"]>["breakers"][number];

/** One provider, with the button that lets it be asked again. */
export function BreakerRow({ breaker, onChanged }: { breaker: Breaker; onChanged: () => void }) {
  const { client, by } = useAccess();
  const { busy, error, act } = useAction();
  const { provider, state, failures, failing_since, opened_at } = breaker;
  const tone = state === "closed" ? "good" : "warn";
  const reset = () =>
    act(async () => {
      const order = { param: { provider }, json: { by } };
      await bodyOf(client.breakers[":provider"].reset.$post(order));
      onChanged();
    });
  return (
    <li class={`matter switch ${state === "closed" ? "" : "warn"}`}>
      <span class={`tag ${tone}`}>
        {state === "closed" ? "Closed" : state === "open" ? "Open" : "Half-open"}
      </span>
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
        <Trouble error={error} />
      </div>
      {failures > 0 && (
        <button type="button" disabled={busy} onClick={reset} aria-label={`Reset ${provider}`}>
          Reset
        </button>
      )}
    </li>
  );
}
