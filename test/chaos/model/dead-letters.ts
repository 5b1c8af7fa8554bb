import { type StageName, stageNames } from "../../../src/pipeline/stages/stage-table.ts";
import { apply } from "./apply.ts";
import type { MaybeScan, Scan } from "./scan.ts";

/** The recorded dead letter of a stage of a scan. Times are Unix ms. */
export interface Row {
  stage: StageName;
  status: "parked" | "redriving" | "recovered" | "archived";
  redrives: number;
  automatic: number;
  /** When it may be redriven, while it is parked; when it was claimed, while it is redriven. */
  at: number;
}

/** What is known of a scan: itself, and the rows of its dead letters. */
export interface Known {
  scan: MaybeScan;
  rows: readonly Row[];
}

/** After how long a redrive that was not carried out is repeated. */
const overdue = 120_000;
const waits = [0, 15 * 60_000, 60 * 60_000];
/** How often a dead letter is redriven before it is archived. */
export const redriveLimit = 3;
/** How many dead letters of a stage a run takes. */
export const takenPerRun = 50;

const put = (rows: readonly Row[], row: Row): Row[] => [
  ...rows.filter(({ stage }) => stage !== row.stage),
  row,
];

/** Records the dead letter of a scan as it was when it was read. */
export function record(
  rows: readonly Row[],
  {
    stage,
    redrives,
    automatic,
    parkedAt,
  }: Pick<Scan, "stage" | "redrives" | "automatic"> & {
    parkedAt: number;
  },
): readonly Row[] {
  const known = rows.find((it) => it.stage === stage);
  if (known && (known.redrives > redrives || known.status === "archived")) return rows;
  const at = parkedAt + (waits[automatic] ?? 0);
  return put(rows, { stage, status: "parked", redrives, automatic, at });
}

/** What a row becomes when its scan answers; a scan that runs again leaves it as it is. */
const statusAfter: Record<string, Row["status"]> = {
  parked: "parked",
  recovered: "recovered",
  failed: "archived",
  cancelled: "archived",
  "not-found": "archived",
};

/** Carries out the redrive that a row was claimed for. */
function redrive({ scan, rows }: Known, jobId: string, row: Row, now: number): Known {
  const { stage, redrives, automatic } = row;
  const decision = `${jobId}:${stage}#${redrives}`;
  const command = { stage, decision, from: stage, automatic: true };
  const after = apply("resume", scan, null, command, now);
  const status = statusAfter[after.reply];
  const settled = status && { ...row, status, at: now + (waits[automatic] ?? 0) };
  return { scan: after.scan, rows: put(rows, settled ?? row) };
}

function archive({ scan, rows }: Known, row: Row, now: number): Known {
  const after = apply("archive", scan, null, {}, now);
  const status = after.reply === "not-parked" ? "recovered" : "archived";
  return { scan: after.scan, rows: put(rows, { ...row, status, at: now }) };
}

/**
 * One run of the automatic redrive: what was claimed two minutes ago and not carried out is repeated; then, stage by
 * stage, what has used up its redrives is archived, and what is due is redriven, as far as there is room.
 *
 * @param others how many dead letters of each stage are due before those of this scan.
 */
export function runRedrives(
  known: Known,
  jobId: string,
  others: (stage: StageName) => number,
  now: number,
): Known {
  let after = known;
  const late = known.rows.filter(({ status, at }) => status === "redriving" && at <= now - overdue);
  for (const row of late.toSorted((one, other) => one.at - other.at)) {
    after = redrive(after, jobId, { ...row, at: now }, now);
  }
  for (const stage of stageNames) {
    const row = after.rows.find((it) => it.stage === stage && it.status === "parked");
    if (!row) continue;
    if (row.automatic >= redriveLimit) after = archive(after, row, now);
    else if (row.at <= now && others(stage) < takenPerRun) {
      const { redrives, automatic } = row;
      const claimed = { redrives: redrives + 1, automatic: automatic + 1, at: now };
      after = redrive(after, jobId, { ...row, status: "redriving", ...claimed }, now);
    }
  }
  return after;
}
