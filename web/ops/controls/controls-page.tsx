import { parseResponse } from "hono/client";
import { Loaded } from "../parts/loaded.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { usePolled } from "../use-polled.ts";
import { BreakerRow } from "./breaker-row.tsx";
import { StageRow } from "./stage-row.tsx";

/** Paused stages and circuit breakers, and the buttons that change them. */
export function ControlsPage() {
  const polled = usePolled(
    (client, options) =>
      Promise.all([
        parseResponse(client.stages.$get(undefined, options)),
        parseResponse(client.breakers.$get(undefined, options)),
      ]),
    { key: "controls", everyMs: 5_000 },
  );
  return (
    <>
      <PageHead title="Controls" polled={polled} />
      <Loaded polled={polled} what="controls">
        {([{ stages }, { breakers }]) => (
          <>
            <section aria-labelledby="stages">
              <h2 id="stages">Stages</h2>
              <p class="hint">
                The scans of a paused stage wait without using up attempts. A pause takes effect
                within two seconds.
              </p>
              <ul class="matters">
                {stages.map((stage) => (
                  <StageRow key={stage.stage} stage={stage} onChanged={polled.again} />
                ))}
              </ul>
            </section>
            <section aria-labelledby="breakers">
              <h2 id="breakers">Breakers</h2>
              <p class="hint">
                After five failures in a row a breaker opens, and one scan tries the provider every
                half a minute. A reset closes it at once.
              </p>
              <ul class="matters">
                {breakers.map((breaker) => (
                  <BreakerRow key={breaker.provider} breaker={breaker} onChanged={polled.again} />
                ))}
              </ul>
            </section>
          </>
        )}
      </Loaded>
    </>
  );
}
