import { useState } from "hono/jsx/dom";
import type { ApiError, ScanView } from "../../client/src/eco2-edge-client.ts";
import { problemMessage } from "../../client/src/ko.ts";
import { savedScan, saveTicked } from "../saved-scans.ts";
import { isDone } from "../words/done-steps.ts";
import { PhoneLinks } from "./phone-links.tsx";
import { ProblemNotice } from "./problem-notice.tsx";
import { Regulation } from "./regulation.tsx";

interface Props {
  jobId: string;
  answer: NonNullable<ScanView["answer"]>;
  rule: ScanView["rule"];
  tags: ScanView["situationTags"];
  /** Called when the resident has done all; null where that gives nothing. */
  onFinish: (() => void) | null;
  finishing: boolean;
  /** Why the server did not take that all is done. */
  problem: ApiError | null;
}

/** What the item still lacks, and the steps of its disposal, to tick off at the bin. */
export function DisposalSteps({ jobId, answer, rule, tags, onFinish, finishing, problem }: Props) {
  const shortfalls = rule ? answer.insufficiencies.filter((it) => it.trim() !== "") : [];
  const local = rule?.local?.schedule;
  const steps = Object.values(answer.disposal_steps).filter(
    // The municipality's own card has its schedule.
    (it) => it.trim() !== "" && it !== local,
  );
  const [ticked, setTicked] = useState<readonly string[]>(
    () => savedScan(jobId)?.ticked ?? steps.filter((step) => isDone(step, tags)),
  );

  function toggle(text: string) {
    const next = ticked.includes(text) ? ticked.filter((it) => it !== text) : [...ticked, text];
    setTicked(next);
    saveTicked(jobId, next);
  }

  const required = shortfalls.length > 0 ? shortfalls : steps;
  const ready = required.every((it) => ticked.includes(it));
  const finish = onFinish && (
    <div class="finish">
      <button type="button" class="primary" disabled={!ready || finishing} onClick={onFinish}>
        {finishing ? "캐릭터를 부르고 있어요…" : "다 했어요"}
      </button>
      <div role="alert">{problem && <ProblemNotice tone="bad" {...problemMessage(problem)} />}</div>
      {!ready && <p class="hint">모두 챙기고 누르면 캐릭터를 만날 수 있어요.</p>}
    </div>
  );
  return (
    <>
      {shortfalls.length > 0 && (
        <section class="card shortfalls">
          <h2>버리기 전에 이것만 더</h2>
          <Ticks texts={shortfalls} ticked={ticked} onToggle={toggle} />
          {finish}
        </section>
      )}
      {steps.length > 0 && (
        <section class="card disposal-steps">
          <h2>배출 순서</h2>
          <Ticks texts={steps} ticked={ticked} onToggle={toggle} />
          {shortfalls.length === 0 && finish}
          {rule && <Regulation rule={rule} />}
        </section>
      )}
    </>
  );
}

interface TicksProps {
  texts: readonly string[];
  ticked: readonly string[];
  onToggle: (text: string) => void;
}

/** A list whose rows are ticked off. */
const Ticks = ({ texts, ticked, onToggle }: TicksProps) => (
  <ol class="ticks">
    {texts.map((text) => (
      <li key={text}>
        <label>
          <input type="checkbox" checked={ticked.includes(text)} onChange={() => onToggle(text)} />
          <span>
            <PhoneLinks text={text} />
          </span>
        </label>
      </li>
    ))}
  </ol>
);
