import { z } from "zod";

/** As much of a `stage.attempt` line as a terminal shows. */
const Attempt = z.object({
  event: z.literal("stage.attempt"),
  job: z.string(),
  stage: z.string(),
  outcome: z.string(),
  code: z.string().optional(),
  latency_ms: z.number(),
  model: z.string().nullish(),
  retry_in_s: z.number().optional(),
  trailing_ms: z.record(z.string(), z.number()).default({}),
});
type Attempt = z.output<typeof Attempt>;

/** As much of a `scan.ended` line. */
const Ended = z.object({
  event: z.literal("scan.ended"),
  job: z.string(),
  status: z.string(),
  code: z.string().optional(),
  category: z.string().optional(),
  duration_ms: z.number(),
});

const signs: Readonly<Record<string, string>> = {
  recorded: "✓",
  completed: "✓",
  retrying: "↻",
  postponed: "…",
  parked: "‖",
  failed: "✗",
  cancelled: "✗",
};

/** One line: what ran, how it went, how long it took, of which job, and what else there is to know. */
const aligned = (what: string, outcome: string, ms: number, job: string, more: string) =>
  `${what.padEnd(8)}${signs[outcome] ?? "·"} ${String(Math.round(ms)).padStart(6)} ms  ${job.slice(0, 8)}  ${more}`.trimEnd();

const known = (...texts: readonly (string | null | undefined | false)[]) =>
  texts.filter((it): it is string => typeof it === "string" && it !== "").join(", ");

function attemptLines({ stage, outcome, job, ...it }: Attempt): string[] {
  const isUsual = outcome === "recorded";
  const more = known(
    it.model,
    !isUsual && [outcome, it.code].filter(Boolean).join(" "),
    it.retry_in_s !== undefined && `again in ${it.retry_in_s} s`,
  );
  return [
    aligned(stage, outcome, it.latency_ms, job, more),
    ...Object.entries(it.trailing_ms).map(([name, ms]) => aligned(name, outcome, ms, job, "")),
  ];
}

/** What a terminal shows of a line of the Worker's log: a line for each attempt and for each end; none for the rest. */
export function logLines(line: unknown): string[] {
  const attempt = Attempt.safeParse(line).data;
  if (attempt) return attemptLines(attempt);
  const ended = Ended.safeParse(line).data;
  if (!ended) return [];
  const { status, duration_ms, job, category, code } = ended;
  return [aligned("end", status, duration_ms, job, known(status, category, code))];
}
