import type { Redrive } from "../ops-client.ts";
import { formatCount, plural } from "../format.ts";

type Told = Pick<Redrive, "status" | "action" | "outcome" | "canary" | "progress" | "remaining">;

/** What a redrive is doing, or how it ended, in a sentence. */
export function redriveWords({
  status,
  action,
  outcome,
  canary,
  progress,
  remaining,
}: Told): string {
  const { taken, running, recovered, failed_again, discarded } = progress;
  if (status === "stopped" || status === "aborted") {
    const left = running === 0 ? "" : ` ${plural(running, "scan")} still on the way.`;
    return `${outcome ?? "It was stopped."}${left}`;
  }
  if (status === "running") {
    if (canary && taken <= canary.count && (remaining ?? 0) > 0) {
      return `The canary is out: ${formatCount(taken)} of ${plural(canary.count, "scan")} taken, ${formatCount(recovered)} recovered.`;
    }
    return `${formatCount(taken)} of ${plural(taken + (remaining ?? 0), "scan")} taken.`;
  }
  if (running > 0) return `All are taken; ${plural(running, "scan")} still on the way.`;
  if (action === "discard") return `${plural(discarded, "scan was", "scans were")} discarded.`;
  if (failed_again > 0) {
    return `${formatCount(recovered)} of ${plural(taken, "scan")} recovered; ${formatCount(failed_again)} failed again.`;
  }
  return taken === 0 ? "Nothing matched any more." : `All ${plural(taken, "scan")} recovered.`;
}
