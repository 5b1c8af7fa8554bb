import type { ScanView } from "../../client/src/eco2-edge-client.ts";
import { Regulation } from "./regulation.tsx";

interface Props {
  answer: NonNullable<ScanView["answer"]>;
  rule: ScanView["rule"];
}

/** What the item still lacks, and the steps of its disposal. */
export function DisposalSteps({ answer, rule }: Props) {
  const shortfalls = rule ? answer.insufficiencies.filter((it) => it.trim() !== "") : [];
  const steps = Object.values(answer.disposal_steps).filter((it) => it.trim() !== "");
  return (
    <>
      {shortfalls.length > 0 && (
        <section class="card shortfalls">
          <h2>버리기 전에 이것만 더</h2>
          <ul>
            {shortfalls.map((it) => (
              <li key={it}>{it}</li>
            ))}
          </ul>
        </section>
      )}
      {steps.length > 0 && (
        <section class="card disposal-steps">
          <h2>배출 순서</h2>
          <ol>
            {steps.map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
          {rule && <Regulation rule={rule} />}
        </section>
      )}
    </>
  );
}
