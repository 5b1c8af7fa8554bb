import { formatMs, formatTime } from "../format.ts";
import { lengthOf, type Moment, type Outcome, type Span, type Wait } from "./job-timeline.ts";
import { ModelCallText } from "./model-call-text.tsx";
import { type TimeAxis, timeAxisOf } from "./time-axis.ts";

const waitTexts: Record<Wait, string> = {
  queue: "In the queue of",
  retry: "Backoff before the next try of",
  provider: "Waits for its provider, whose circuit breaker is open, at",
  paused: "Paused at",
  parked: "Parked at",
};

const outcomes: Record<Outcome, { text: string; tone: string }> = {
  running: { text: "running", tone: "live" },
  completed: { text: "completed", tone: "good" },
  retrying: { text: "failed", tone: "bad" },
  postponed: { text: "postponed, uses up no attempt", tone: "warn" },
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

const clock = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
});

/** The job's waits, attempts and model calls on one time axis, the oldest first. */
export function Timeline({ spans, now }: { spans: Span[]; now: number }) {
  const axis = timeAxisOf(spans, now);
  const isWhole = !spans.some(axis.isShortened);
  const whole = formatMs(axis.to - axis.from);
  return (
    <ol class="timeline">
      {spans.map((span, index) => (
        <li key={index} class={`span ${span.type} ${toneOf(span)}`}>
          <time datetime={new Date(span.from).toISOString()} title={formatTime(span.from)}>
            {clock.format(span.from)}
          </time>
          <div class="what">
            <What span={span} />
          </div>
          <div class="length">
            <span>{lengthText(span, now)}</span>
            <Bar span={span} axis={axis} now={now} />
          </div>
        </li>
      ))}
      <li class="span axis" aria-label={`The axis is ${whole} long`}>
        <div class="length">
          <span>0</span>
          <span>{isWhole ? formatMs((axis.to - axis.from) / 2) : "long waits are cut short"}</span>
          <span>{whole}</span>
        </div>
      </li>
    </ol>
  );
}

const isUntimed = (span: Span) => span.type === "call" && span.call.duration_ms === undefined;

const lengthText = (span: Span, now: number) =>
  span.type === "moment" || isUntimed(span) ? "" : formatMs(lengthOf(span, now));

/** How much of the axis a bar has at least, so that it is seen, percent. */
const leastPercent = 0.7;
/** How much of the axis the gap of a bar has that is cut short, percent. It is drawn longer than that. */
const gapPercent = 1;

/** Where a span is on the axis. Its text has its times. */
function Bar({ span, axis, now }: { span: Span; axis: TimeAxis; now: number }) {
  const begin = axis.placeOf(span.from) * 100;
  const end = axis.placeOf(span.from + lengthOf(span, now)) * 100;
  const width = Math.max(leastPercent, end - begin);
  const x = Math.min(100 - width, Math.max(0, begin));
  // A gap in the middle says that a bar is cut short.
  const parts = axis.isShortened(span)
    ? [
        { x, width: (width - gapPercent) / 2 },
        { x: x + (width + gapPercent) / 2, width: (width - gapPercent) / 2 },
      ]
    : [{ x, width }];
  return (
    <svg class="track" aria-hidden="true">
      {parts.map((part) => (
        <rect key={part.x} x={`${part.x}%`} width={`${part.width}%`} height="100%" rx="2" />
      ))}
    </svg>
  );
}

function toneOf(span: Span): string {
  if (span.type === "attempt") return outcomes[span.outcome].tone;
  if (span.type === "call") return span.call.error ? "bad" : "good";
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
  if (span.type === "call") return <ModelCallText call={span.call} />;
  const { stage, attempt, outcome, failure } = span;
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
    </>
  );
}
