import { timeWords, durationWords, moneyWords } from "../words.ts";
import type { Span } from "./timeline.ts";

type Of<Type extends Span["type"]> = Extract<Span, { type: Type }>;

const waits: Record<Of<"wait">["what"], string> = {
  queue: "In the queue of",
  retry: "Waits to try again",
  paused: "Paused",
  parked: "Parked",
};

const outcomes: Record<Of<"attempt">["outcome"], { words: string; tone: string }> = {
  running: { words: "running", tone: "live" },
  completed: { words: "completed", tone: "good" },
  retrying: { words: "failed", tone: "bad" },
  parked: { words: "failed, parked", tone: "bad" },
  failed: { words: "failed for good", tone: "bad" },
  cancelled: { words: "cancelled", tone: "warn" },
  lost: { words: "not heard of again", tone: "warn" },
};

const moments: Record<Of<"moment">["what"], string> = {
  submitted: "Submitted",
  redriven: "Redriven",
  cancelled: "Cancelled",
  failed: "Failed",
  done: "Done",
};

/** What a job did and waited for, oldest first, with how long each took. */
export function Timeline({ spans, now }: { spans: Span[]; now: number }) {
  const longest = Math.max(1, ...spans.map((span) => lengthOf(span, now)));
  return (
    <ol class="timeline">
      {spans.map((span, index) => (
        <li key={index} class={`span ${span.type} ${toneOf(span)}`}>
          <Begin at={span.type === "moment" ? span.at : span.from} />
          <div class="what">
            <What span={span} />
          </div>
          <Length ms={lengthOf(span, now)} longest={longest} span={span} />
        </li>
      ))}
    </ol>
  );
}

const lengthOf = (span: Span, now: number): number =>
  span.type === "moment" ? 0 : Math.max(0, (span.to ?? now) - span.from);

const toneOf = (span: Span): string =>
  span.type === "attempt"
    ? outcomes[span.outcome].tone
    : span.type === "wait" && span.what === "parked"
      ? "bad"
      : "";

const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });

const Begin = ({ at }: { at: number }) => (
  <time datetime={new Date(at).toISOString()} title={timeWords(at)}>
    {clock.format(at)}
  </time>
);

function What({ span }: { span: Span }) {
  if (span.type === "moment") {
    return (
      <p>
        <strong>{moments[span.what]}</strong>
        {span.what === "redriven" && ` from ${span.stage}`}
      </p>
    );
  }
  if (span.type === "wait") {
    return (
      <p>
        {waits[span.what]} {span.what === "queue" ? span.stage : `at ${span.stage}`}
      </p>
    );
  }
  const { stage, attempt, outcome, why, calls } = span;
  return (
    <>
      <p>
        <strong>{stage}</strong> attempt {attempt}:{" "}
        <span class={`outcome ${outcomes[outcome].tone}`}>{outcomes[outcome].words}</span>
      </p>
      {why && (
        <p class="why">
          {why.code}: {why.message}
        </p>
      )}
      {calls.length > 0 && (
        <ul class="calls">
          {calls.map((call, index) => (
            <li key={index}>
              {call.model}: {call.reused ? "reused, free" : moneyWords(call.cost_usd)}
              {!call.reused && ` · ${call.input_tokens} in, ${call.output_tokens} out`}
              {call.error && ` · ${call.error.code}`}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Length({ ms, longest, span }: { ms: number; longest: number; span: Span }) {
  if (span.type === "moment") return <span />;
  return (
    <div class="length">
      <span>{durationWords(ms / 1000)}</span>
      <meter aria-hidden="true" min={0} max={longest} value={ms} />
    </div>
  );
}
