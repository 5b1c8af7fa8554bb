import type { DeadLetters, Redrive } from "../ops-client.ts";
import { formatCount, formatTime, plural } from "../format.ts";
import { unitOf } from "./kind-words.ts";

type Run = Pick<
  Redrive,
  "status" | "action" | "filter" | "outcome" | "canary" | "progress" | "remaining"
>;

/** Which dead letters a redrive takes: `stage · openai · MODEL_UNAVAILABLE · seen before …`. */
export function filterWords({ job_ids, left_by, from, to, ...texts }: Redrive["filter"]): string {
  return [
    ...Object.values(texts),
    job_ids && plural(job_ids.length, "named scan"),
    left_by && `left by redrive ${left_by.slice(0, 8)}`,
    from && `seen since ${formatTime(Date.parse(from))}`,
    to && `seen before ${formatTime(Date.parse(to))}`,
  ]
    .filter(Boolean)
    .join(" · ");
}

/** What a redrive is doing, or how it ended, in a sentence. */
export function redriveWords(run: Run): string {
  const { status, outcome, canary } = run;
  const unit = unitOf(run.filter);
  const remaining = run.remaining ?? 0;
  const { taken, running, recovered, failed_again, cancelled, discarded, left_parked } =
    run.progress;
  const isProbe = status === "done" && left_parked > 0;
  if (status === "stopped" || status === "aborted" || isProbe) {
    const onTheWay = running === 0 ? "" : ` ${plural(running, unit)} still on the way.`;
    const left = left_parked === 0 ? "" : ` ${plural(left_parked, unit)} left parked.`;
    return `${outcome ?? "It was stopped."}${onTheWay}${left}`;
  }
  if (status === "running") {
    if (canary && taken <= canary.count && remaining > 0) {
      return `The canary runs: ${formatCount(taken)} of ${plural(canary.count, unit)} taken, ${formatCount(recovered)} recovered.`;
    }
    return `${formatCount(taken)} of ${plural(taken + remaining, unit)} taken.`;
  }
  if (taken === 0) {
    return "Nothing was left to take: another redrive took them, or they are parked no more.";
  }
  if (running > 0) return `All are taken; ${plural(running, unit)} still on the way.`;
  if (run.action === "discard")
    return `${plural(discarded, `${unit} was`, `${unit}s were`)} discarded.`;
  if (failed_again + cancelled > 0) {
    const others = [
      ...(failed_again > 0 ? [`${formatCount(failed_again)} failed again`] : []),
      ...(cancelled > 0 ? [`${formatCount(cancelled)} cancelled`] : []),
    ];
    return `${formatCount(recovered)} of ${plural(taken, unit)} recovered; ${others.join(", ")}.`;
  }
  return `All ${plural(taken, unit)} recovered.`;
}

type Parked = Pick<DeadLetters["dead_letters"][number], "automatic_redrives" | "next_redrive_at">;

/**
 * What the automatic redrive does with a parked dead letter; null when it takes it later. It takes one three times, and
 * then gives it up; a redrive by hand is none of these.
 */
export function automaticRedriveWords(letter: Parked, now: number): string | null {
  const { automatic_redrives, next_redrive_at } = letter;
  if (next_redrive_at === null) return "none: an operator redrives it";
  if (automatic_redrives >= 3) return "given up at the next run";
  return next_redrive_at <= now ? "redriven at the next run" : null;
}
