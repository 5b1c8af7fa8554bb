import { useLayoutEffect, useRef, useState } from "hono/jsx/dom";
import { ApiError, type Snapshot } from "../../client/src/eco2-edge-client.ts";
import { sleep } from "../../client/src/sleep.ts";
import { client } from "../resident-client.ts";
import { isUsedUp } from "../../client/src/ko/problem-message.ts";
import { type UnsentScan, unsentName } from "../outbox.ts";
import { scanPath } from "../route.ts";
import { usePhoto } from "../use-photo.ts";
import { markEnded, readScans, removeScan, type SavedScan } from "../saved-scans.ts";
import { Link } from "./link.tsx";

/** When a scan is asked for again: later each time that nothing has changed, ms. */
const pollMs = 3_000;
const mostPollMs = 30_000;
const pollGrowth = 1.25;

const texts: Record<Snapshot["status"], string> = {
  queued: "차례를 기다려요",
  running: "살펴보고 있어요",
  parked: "잠시 멈췄어요",
  completed: "다 됐어요",
  failed: "분석하지 못했어요",
  cancelled: "취소했어요",
};

/** When a scan is sent that was put aside. */
function unsentText(late: ApiError | null): string {
  if (!navigator.onLine || late?.status === 0) return "연결되면 보낼게요";
  if (late === null) return "곧 보낼게요";
  if (late.status === 401) return "로그인하면 보낼게요";
  return isUsedUp(late) ? "자정이 지나면 보낼게요" : "잠시 뒤에 보낼게요";
}

interface Props {
  unsent: readonly UnsentScan[];
  /** Why they wait; null while they are sent. */
  late: ApiError | null;
}

/** The scans that had not ended when they were left, with links to them; they go on while a new one is started. */
export function RunningScans({ unsent, late }: Props) {
  /** Those that end while they are shown stay. */
  const shown = useRef(new Set<string>());
  const scans = readScans().filter(({ jobId, ended }) => !ended || shown.current?.has(jobId));
  for (const { jobId } of scans) shown.current?.add(jobId);
  return scans.length + unsent.length === 0 ? null : (
    <ul class="running" aria-label="진행 중인 분석">
      {unsent.map((scan) => (
        <li key={scan.id} class="running-scan">
          <RunningName jobId={scan.id} name={unsentName(scan)} />
          <span role="status">{unsentText(late)}</span>
        </li>
      ))}
      {scans.map((scan) => (
        <RunningScan key={scan.jobId} scan={scan} />
      ))}
    </ul>
  );
}

/** What the resident knows a scan by; several photos are told apart by how they look. */
function RunningName({ jobId, name }: { jobId: string; name: string }) {
  const photo = usePhoto(jobId, null);
  return (
    <span class="running-name">
      {photo && <img src={photo} alt="" />}
      <span class="running-words">{name}</span>
    </span>
  );
}

function RunningScan({ scan }: { scan: SavedScan }) {
  const [status, setStatus] = useState<Snapshot["status"] | "gone" | null>(null);
  useLayoutEffect(() => {
    const left = new AbortController();
    void follow(scan.jobId, setStatus, left.signal);
    return () => left.abort();
  }, []);
  if (status === "gone") return null;
  const ended = status === "completed" || status === "failed" || status === "cancelled";
  return (
    <li>
      <Link href={scanPath(scan.jobId)} class={ended ? "running-scan ended" : "running-scan"}>
        <RunningName jobId={scan.jobId} name={scan.words || "사진 한 장"} />
        <span role="status">{status ? texts[status] : "불러오고 있어요"}</span>
      </Link>
    </li>
  );
}

/** Asks for the status until the scan has ended, or the strip is left; not while the page is in the background. */
async function follow(
  jobId: string,
  show: (status: Snapshot["status"] | "gone") => void,
  signal: AbortSignal,
): Promise<void> {
  let waitMs = pollMs;
  let last: Snapshot["status"] | null = null;
  for (; !signal.aborted; await sleep(waitMs, signal)) {
    if (document.hidden) {
      waitMs = pollMs;
      continue;
    }
    waitMs = Math.min(mostPollMs, waitMs * pollGrowth);
    try {
      const { status } = await client.snapshot(jobId, { signal, attempts: 1 });
      show(status);
      if (status !== last) waitMs = pollMs;
      last = status;
      if (status !== "queued" && status !== "running" && status !== "parked") {
        return markEnded(jobId);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 404) {
        removeScan(jobId);
        return show("gone");
      }
    }
  }
}
