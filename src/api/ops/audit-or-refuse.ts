import type { Context } from "hono";
import { auditWithinLimit, type Change } from "../../ops-audit.ts";
import { Problem } from "../problem.ts";

/**
 * Records what an operator is about to do.
 * @throws Problem `RATE_LIMITED` with `Retry-After` when operators did it `perHour` times in the last hour.
 */
export async function auditOrRefuse(
  c: Context<{ Bindings: Env }>,
  change: Change,
  perHour: number,
): Promise<void> {
  const waitMs = await auditWithinLimit(c.env.DB, change, perHour);
  if (waitMs === 0) return;
  c.header("retry-after", String(Math.ceil(waitMs / 1000)));
  throw new Problem("RATE_LIMITED", `Operators did this ${perHour} times within the last hour.`);
}
