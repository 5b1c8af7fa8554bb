import { clockSkewMs, idempotencyMs } from "../../src/pipeline/idempotency.ts";
import type { JobState } from "../../src/pipeline/job.ts";
import type { EndedScan } from "../../src/pipeline/submission.ts";

const key = "ended-scan";
const expiresAt = (endedAt: number) => endedAt + idempotencyMs + clockSkewMs;

export type IdempotencyRecord = ReturnType<typeof idempotencyRecord>;

/** The idempotency record of a scan that a key names, for a day after its end. */
export function idempotencyRecord(storage: DurableObjectStorage) {
  /** Null when there is none, or it has expired. */
  function read(): EndedScan | null {
    const record = storage.kv.get<EndedScan>(key);
    return record && Date.now() < expiresAt(record.endedAt) ? record : null;
  }

  /**
   * Takes the place of all that the object holds, in one commit. `deleteAll` would cost fewer rows, but it is not part
   * of the turn's commit: an object that dies behind it would forget its key, and run again. False for a scan that
   * needs no record, or not any more.
   */
  function replaceJob({ keyed, requestHash, status, endedAt }: JobState): boolean {
    if (!keyed || endedAt === null || Date.now() >= expiresAt(endedAt)) return false;
    for (const [other] of Array.from(storage.kv.list())) storage.kv.delete(other);
    // The log of an earlier version.
    storage.sql.exec("DROP TABLE IF EXISTS commits");
    storage.kv.put(key, { requestHash, status, endedAt } satisfies EndedScan);
    return true;
  }

  /** When it expires, Unix ms; null when there is none. */
  const expiry = () => {
    const record = storage.kv.get<EndedScan>(key);
    return record ? expiresAt(record.endedAt) : null;
  };

  return { read, replaceJob, expiry };
}
