import { formatTime, formatDuration, formatMoney } from "../format.ts";
import { lengthOf, type Moment, type Outcome, type Span, type Wait } from "./job-timeline.ts";

const waitTexts: Record<Wait, string> = {
  queue: "In the queue of",
  retry: "Waits to try again at",
  paused: "Paused at",
  parked: "Parked at",
};

const outcomes: Record<Outcome, { text: string; tone: string }> = {
  running: { text: "running", tone: "live" },
  completed: { text: "completed", tone: "good" },
  retrying: { text: "failed", tone: "bad" },
  parked: { text: "failed, parked", tone: "bad" },
  failed: { text: "failed for good", tone: "bad" },
  cancelled: { text: "cancelled", tone: "warn" },
  lost: { text: "lost", tone: "warn" },
};

const momentTexts: Record<Moment, string> = {
  confirmed: "Confirmed by the resident",
  submitted: "Submitted",
  redriven: "Redriven",
  cancelled: "Cancelled",
  failed: "Failed",
  done: "Done",
};

const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });

/** The job's waits and attempts with their durations, the oldest first. */
export function Timeline({ spans, now }: { spans: Span[]; now: number }) {
  const longest = Math.max(1, ...spans.map((span) => lengthOf(span, now)));
  return (
    <ol class="timeline">
      {spans.map((span, index) => {
        const ms = lengthOf(span, now);
        return (
          <li key={index} class={`span ${span.type} ${toneOf(span)}`}>
            <time datetime={new Date(span.from).toISOString()} title={formatTime(span.from)}>
              {clock.format(span.from)}
            </time>
            <div class="what">
              <What span={span} />
            </div>
            {span.type !== "moment" && (
              <div class="length">
                <span>{formatDuration(ms / 1000)}</span>
                <meter aria-hidden="true" min={0} max={longest} value={ms} />
              </div>
            )}
          </li>
        );
      })}
    </ol>
  );
}

function toneOf(span: Span): string {
  if (span.type === "attempt") return outcomes[span.outcome].tone;
  return span.type === "wait" && span.what === "parked" ? "bad" : "";
}

function What({ span }: { span: Span }) {
  if (span.type === "moment") {
    return (
      <p>
        <strong>{momentTexts[span.what]}</strong>
        {span.what === "redriven" && ` from ${span.stage}`}
      </p>
    );
  }
  if (span.type === "wait") return <p>{`${waitTexts[span.what]} ${span.stage}`}</p>;
  const { stage, attempt, outcome, failure, calls } = span;
  const { text, tone } = outcomes[outcome];
  return (
    <>
      <p>
        <strong>{stage}</strong> attempt {attempt}: <span class={`outcome ${tone}`}>{text}</span>
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
