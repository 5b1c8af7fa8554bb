import { bodyOf } from "../api/answer.ts";
import type { OpsClient } from "../api/client.ts";
import { Loaded } from "../parts/loaded.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { usePolled } from "../use-polled.ts";
import { BreakerRow } from "./breaker-row.tsx";
import { StageRow } from "./stage-row.tsx";

async function load(client: OpsClient, signal: AbortSignal) {
  const [{ stages }, { breakers }] = await Promise.all([
    bodyOf(client.stages.$get(undefined, { init: { signal } })),
    bodyOf(client.breakers.$get(undefined, { init: { signal } })),
  ]);
  return { stages, breakers };
}

/** What is paused, which providers are left alone, and how to change that. */
export function ControlsPage() {
  const polled = usePolled(load, { key: "controls", everyMs: 5_000 });
  return (
    <>
      <PageHead title="Controls" polled={polled} />
      <Loaded polled={polled} what="controls">
        {({ stages, breakers }) => (
          <>
            <section aria-labelledby="stages">
              <h2 id="stages">Stages</h2>
              <p class="hint">
                A paused stage takes no work: its scans wait, and no attempt is used up. It takes
                effect within two seconds.
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
                A provider that failed five times in a row is left alone, and one scan tries it
                every half a minute. A reset lets all ask it at once.
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
