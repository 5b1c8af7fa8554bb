import { z } from "zod";
import { stages } from "../../src/pipeline/stages/stage-table.ts";

/** As much of a `stage.attempt` line as a scan's line is made from. */
const Attempt = z.object({
  event: z.literal("stage.attempt"),
  job: z.string(),
  stage: z.string(),
  outcome: z.string(),
  code: z.string().optional(),
  category: z.string().nullish(),
  model: z.string().nullish(),
  latency_ms: z.number(),
  queue_wait_ms: z.number().default(0),
});
type Attempt = z.infer<typeof Attempt>;

interface OpenScan {
  /** Unix ms. */
  startedAt: number;
  model: string | null;
  category: string | null;
}

const lastStage = stages.at(-1)?.name;
/** Scans that are remembered: one that is cancelled never ends here. */
const most = 1_000;

/** How a scan went, where this attempt was its last. */
function endOf({ stage, outcome, code = "" }: Attempt): string | null {
  if (outcome === "recorded" && stage === lastStage) return "completed";
  if (outcome === "failed") return `failed ${code}`;
  return outcome === "parked" ? `parked ${code}` : null;
}

/**
 * Follows the attempts of scans. The function it returns takes a line of the Worker's log and when it was
 * written (Unix ms), and returns one line when that ends a scan: job, model, class, outcome, ms.
 */
export function scanLines(): (line: unknown, now: number) => string | null {
  const open = new Map<string, OpenScan>();
  return (line, now) => {
    const parsed = Attempt.safeParse(line);
    if (!parsed.success) return null;
    const { data: attempt } = parsed;
    const { job, latency_ms, queue_wait_ms } = attempt;
    const begun = { startedAt: now - latency_ms - queue_wait_ms, model: null, category: null };
    const scan: OpenScan = open.get(job) ?? begun;
    // The model that looked at the item is the scan's; the answer may be another's.
    scan.model ??= attempt.model ?? null;
    scan.category ??= attempt.category ?? null;
    open.set(job, scan);
    const [oldest] = open.keys();
    if (open.size > most && oldest !== undefined) open.delete(oldest);
    const end = endOf(attempt);
    if (end === null) return null;
    open.delete(job);
    const { model, category, startedAt } = scan;
    return `${job.slice(0, 8)}  ${model ?? "no model"}  ${category ?? "no class"}  ${end}  ${Math.round(now - startedAt)} ms`;
  };
}
