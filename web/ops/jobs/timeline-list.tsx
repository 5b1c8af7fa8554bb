import { formatTime, formatDuration, formatMoney } from "../format.ts";
import type { Span } from "./job-timeline.ts";

type Of<Type extends Span["type"]> = Extract<Span, { type: Type }>;

const waitTexts: Record<Of<"wait">["what"], string> = {
  queue: "In the queue of",
  retry: "Waits to try again",
  paused: "Paused",
  parked: "Parked",
};

const outcomes: Record<Of<"attempt">["outcome"], { text: string; tone: string }> = {
  running: { text: "running", tone: "live" },
  completed: { text: "completed", tone: "good" },
  retrying: { text: "failed", tone: "bad" },
  parked: { text: "failed, parked", tone: "bad" },
  failed: { text: "failed for good", tone: "bad" },
  cancelled: { text: "cancelled", tone: "warn" },
  lost: { text: "lost", tone: "warn" },
};

const momentTexts: Record<Of<"moment">["what"], string> = {
  submitted: "Submitted",
  redriven: "Redriven",
  cancelled: "Cancelled",
  failed: "Failed",
  done: "Done",
};

/** The job's waits and attempts with their durations, the oldest first. */
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
  <time datetime={new Date(at).toISOString()} title={formatTime(at)}>
    {clock.format(at)}
  </time>
);

function What({ span }: { span: Span }) {
  if (span.type === "moment") {
    return (
      <p>
        <strong>{momentTexts[span.what]}</strong>
        {span.what === "redriven" && ` from ${span.stage}`}
      </p>
    );
  }
  if (span.type === "wait") {
    return (
      <p>
        {waitTexts[span.what]} {span.what === "queue" ? span.stage : `at ${span.stage}`}
      </p>
    );
  }
  const { stage, attempt, outcome, failure, calls } = span;
  return (
    <>
      <p>
        <strong>{stage}</strong> attempt {attempt}:{" "}
        <span class={`outcome ${outcomes[outcome].tone}`}>{outcomes[outcome].text}</span>
      </p>
      {failure && (
        <p class="why">
          {failure.code}: {failure.message}
        </p>
      )}
      {calls.length > 0 && (
        <ul class="calls">
          {calls.map((call, index) => (
            <li key={index}>
              {call.model}: {call.reused ? "reused, free" : formatMoney(call.cost_usd)}
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
      <span>{formatDuration(ms / 1000)}</span>
      <meter aria-hidden="true" min={0} max={longest} value={ms} />
    </div>
  );
}
