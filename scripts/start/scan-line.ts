import { z } from "zod";

/** As much of a `scan.ended` line as a local server shows. */
const Ended = z.object({
  event: z.literal("scan.ended"),
  job: z.string(),
  status: z.string(),
  code: z.string().optional(),
  models: z.array(z.string()),
  category: z.string().optional(),
  duration_ms: z.number(),
});

/** As much of a `stage.attempt` line, of the attempt after which a scan is parked. */
const Parked = z.object({
  event: z.literal("stage.attempt"),
  job: z.string(),
  stage: z.string(),
  outcome: z.literal("parked"),
  code: z.string().optional(),
  latency_ms: z.number(),
});

/**
 * One line for the end of a scan: job, models, class, how it ended, ms; or for a stage that is parked. Null for any
 * other line of the log.
 */
export function scanLine(line: unknown): string | null {
  const parked = Parked.safeParse(line).data;
  if (parked) {
    const { job, stage, code = "", latency_ms } = parked;
    return [job.slice(0, 8), stage, `parked ${code}`.trim(), `${latency_ms} ms`].join("  ");
  }
  const ended = Ended.safeParse(line);
  if (!ended.success) return null;
  const { job, status, code, models, category = "no class", duration_ms } = ended.data;
  const end = code === undefined ? status : `${status} ${code}`;
  return [
    job.slice(0, 8),
    models.join(", ") || "no model",
    category,
    end,
    `${duration_ms} ms`,
  ].join("  ");
}
