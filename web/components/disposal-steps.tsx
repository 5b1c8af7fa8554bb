import { useState } from "hono/jsx/dom";
import type { ScanView } from "../../client/src/eco2-edge-client.ts";
import { isDone } from "../words/done-steps.ts";
import { Regulation } from "./regulation.tsx";

interface Props {
  answer: NonNullable<ScanView["answer"]>;
  rule: ScanView["rule"];
  tags: ScanView["situationTags"];
}

/** What the item still lacks, and the steps of its disposal, to tick off at the bin. */
export function DisposalSteps({ answer, rule, tags }: Props) {
  const shortfalls = rule ? answer.insufficiencies.filter((it) => it.trim() !== "") : [];
  const local = rule?.local?.schedule;
  const steps = Object.values(answer.disposal_steps).filter(
    // The municipality's own card has its schedule.
    (it) => it.trim() !== "" && it !== local,
  );
  return (
    <>
      {shortfalls.length > 0 && (
        <section class="card shortfalls">
          <h2>버리기 전에 이것만 더</h2>
          <Ticks texts={shortfalls} />
        </section>
      )}
      {steps.length > 0 && (
        <section class="card disposal-steps">
          <h2>배출 순서</h2>
          <Ticks texts={steps} done={steps.filter((step) => isDone(step, tags))} />
          {rule && <Regulation rule={rule} />}
        </section>
      )}
    </>
  );
}

/** A list whose rows are ticked off; those that were `done` before are ticked. */
function Ticks({ texts, done = [] }: { texts: string[]; done?: string[] }) {
  const [ticked, setTicked] = useState<readonly string[]>(done);
  return (
    <ol class="ticks">
      {texts.map((text) => (
        <li key={text}>
          <label>
            <input
              type="checkbox"
              checked={ticked.includes(text)}
              onChange={() =>
                setTicked(
                  ticked.includes(text) ? ticked.filter((it) => it !== text) : [...ticked, text],
                )
              }
            />
            <span>{text}</span>
          </label>
        </li>
      ))}
    </ol>
  );
}
