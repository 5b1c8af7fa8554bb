import { useState } from "hono/jsx/dom";
import type { Choice, Classification, ScanView } from "../../client/src/eco2-edge-client.ts";
import type { UsedScan } from "../use-scan.ts";
import { percentOf, questionOf } from "../words/certainty-words.ts";
import { problemMessage } from "../../client/src/ko.ts";
import { CorrectionField } from "./correction-field.tsx";
import { ProblemNotice } from "./problem-notice.tsx";

interface Props {
  scan: Pick<UsedScan, "phase" | "error" | "confirm">;
  certainty: NonNullable<ScanView["certainty"]>;
  classification: Classification;
}

/** Asks whether the class is right, or which one it is; a sure one can be corrected. */
export function Confirmation({ scan, certainty: { asks, candidates }, classification }: Props) {
  const { phase, error, confirm } = scan;
  const [sent, setSent] = useState<Choice | null>(null);
  const [writes, setWrites] = useState(false);
  const { middle_category: likeliest } = classification;
  const { question, otherwise } = questionOf(asks, likeliest);
  const rows = candidates.map(({ classification: { middle_category: category }, probability }) => ({
    category,
    percent: percentOf(probability),
  }));
  const options = asks === "choice" ? rows.slice(0, 2) : [];
  const others = rows.filter((row) => row.category !== likeliest && !options.includes(row));
  const unknownWords = error?.code === "NOT_RECOGNISED" ? error.detail : null;
  // Not `disabled`, which would take the focus away.
  const inert = phase === "ended" ? undefined : "true";

  function choose(choice: Choice) {
    if (inert) return;
    setSent(choice);
    void confirm(choice);
  }

  const candidate = (look: string, { category, percent }: (typeof rows)[number]) => (
    <button
      key={category}
      type="button"
      class={look}
      aria-disabled={inert}
      onClick={() => choose({ middleCategory: category })}
    >
      {category} <span>{percent}</span>
    </button>
  );

  return (
    <section class="confirmation" aria-labelledby="question">
      <h2 id="question">{question}</h2>
      {asks === "confirmation" && (
        <button
          type="button"
          class="primary"
          aria-disabled={inert}
          onClick={() => choose({ middleCategory: likeliest })}
        >
          네, 맞아요
        </button>
      )}
      {options.length > 0 && (
        <div class="options">{options.map((row) => candidate("option", row))}</div>
      )}
      <div class="examples">
        {others.map((row) => candidate("other", row))}
        <button
          type="button"
          class="quiet"
          aria-expanded={writes ? "true" : "false"}
          onClick={() => setWrites(!writes)}
        >
          {otherwise}
        </button>
      </div>
      {writes && (
        <CorrectionField
          inert={inert}
          problem={unknownWords}
          onSend={(words) => choose({ words })}
        />
      )}
      <div role="alert">
        {error && !unknownWords && <ProblemNotice tone="bad" {...problemMessage(error)} />}
      </div>
      {sent && error && !unknownWords && (
        <button type="button" class="quiet" onClick={() => choose(sent)}>
          다시 보내기
        </button>
      )}
      <p class="hint" role="status">
        {phase === "confirming" && "고른 것을 보내고 있어요…"}
      </p>
    </section>
  );
}
