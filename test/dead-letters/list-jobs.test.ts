import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { jobsOf } from "../../web/ops/incidents/incident-words.ts";
import { archiveEvents } from "../../src/events/archive-events.ts";
import { countMatching, DeadLetterFilter } from "../../src/dead-letters/operated-redrives.ts";
import { metricsBuffer } from "../../src/metrics/metrics-buffer.ts";
import { buildScanEvents, firstScanAt } from "../support/build-scan-events.ts";
import {
  buildSubmission,
  claimStage,
  completeStages,
  failure,
  jobOf,
  stateOf,
  traceparent,
} from "../support/job-builders.ts";
import { opsPost, opsRequest, statusesWithoutToken } from "../support/ops-requests.ts";
import { buildParkedJob } from "../support/parked-job.ts";
import { appendScans, emptyLog } from "../support/scan-event-log.ts";

const minute = 60_000;

const Page = z.object({
  jobs: z.array(
    z.looseObject({
      job_id: z.string(),
      status: z.string(),
      stage: z.string().nullable(),
      user_id: z.string().nullable(),
    }),
  ),
  next_cursor: z.string().nullable(),
  read_to: z.string().nullable(),
});

type Query = Record<string, string | undefined>;

async function list(query: Query = {}) {
  const given = Object.entries(query).filter((it): it is [string, string] => it[1] !== undefined);
  const response = await opsRequest(`/jobs?${new URLSearchParams(given).toString()}`);
  expect(response.status).toBe(200);
  return Page.parse(await response.json());
}
const idsOf = async (query: Query) => (await list(query)).jobs.map(({ job_id }) => job_id);

/** All jobs, page by page. */
async function pages(query: Query) {
  const ids: string[][] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const page: z.infer<typeof Page> = await list({ ...query, ...(cursor && { cursor }) });
    ids.push(page.jobs.map(({ job_id }) => job_id));
    cursor = page.next_cursor;
  }
  return ids;
}

/** An open job that its watchdog tracks. */
async function tracked(request = {}, rest = {}) {
  const submission = buildSubmission(request, rest);
  const job = jobOf(submission.jobId);
  await job.submit(submission);
  await job.recover();
  return { job, jobId: submission.jobId };
}

const columnOf = async (jobId: string) =>
  env.DB.prepare("SELECT status, stage, error_code FROM open_jobs WHERE job_id = ?")
    .bind(jobId)
    .first();

const incidentOf = (provider: string, error_code: string) => ({
  provider,
  error_code,
  error_message: null,
  since: "",
  breaker: "open" as const,
  scans: 1,
  stages: [],
});

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: firstScanAt });
  await emptyLog();
  await env.DB.batch([
    env.DB.prepare("DELETE FROM open_jobs"),
    env.DB.prepare("DELETE FROM metric_writers"),
    env.DB.prepare("DELETE FROM audit"),
  ]);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const wait = (ms: number) => void vi.setSystemTime(Date.now() + ms);

describe("GET /api/v1/ops/jobs", () => {
  it("is closed to whoever has not the token", async () => {
    expect(await statusesWithoutToken("/jobs")).toEqual([401, 401, 401, 401]);
  });

  it("lists open jobs as they are now, each with its status, before those that have ended", async () => {
    const waiting = await tracked();
    wait(1_000);
    const running = await tracked();
    await running.job.claim("vision", "a lease");
    wait(1_000);
    const retrying = await tracked();
    await retrying.job.retry("vision", await claimStage(retrying.job, "vision"), failure);
    wait(1_000);
    const parked = await buildParkedJob();
    await parked.job.recover();
    const ended = buildScanEvents({ way: 2, at: Date.now() - minute });
    await appendScans(ended);

    const { jobs, next_cursor } = await list();
    expect(jobs.map(({ job_id, status, stage }) => [job_id, status, stage])).toEqual([
      [parked.jobId, "parked", "vision"],
      [retrying.jobId, "retrying", "vision"],
      [running.jobId, "running", "vision"],
      [waiting.jobId, "waiting", "vision"],
      [ended.jobId, "failed", "rule"],
    ]);
    expect(jobs[1]).toMatchObject({
      error: failure,
      model: "offline",
      provider: "offline",
      trace_id: traceparent.split("-")[1],
      user_id: "user-1",
      ended_at: null,
    });
    expect(next_cursor).toBeNull();
  });

  it("tracks a job anew when its status, stage or error changes, and otherwise seldom", async () => {
    // The alarm of an earlier year would fire at once, beside these checks.
    vi.useRealTimers();
    const { job, jobId } = await tracked();
    expect(await columnOf(jobId)).toEqual({ status: "waiting", stage: "vision", error_code: null });
    await job.retry("vision", await claimStage(job, "vision"), failure);
    await job.recover();
    const after = { status: "retrying", stage: "vision", error_code: failure.code };
    expect(await columnOf(jobId)).toEqual(after);
    await env.DB.prepare("UPDATE open_jobs SET stage = 'seen'").run();
    await job.recover();
    expect(await columnOf(jobId)).toEqual({ ...after, stage: "seen" });
  });

  it("finds the scans of an incident, and none that another provider has stopped with the same code", async () => {
    const atFault = async (provider: string) => {
      const { job, jobId } = await tracked();
      await job.retry("vision", await claimStage(job, "vision"), failure, { provider });
      await job.recover();
      return jobId;
    };
    const [openai] = [await atFault("openai"), await atFault("gemini")];
    const incident = incidentOf("openai", failure.code);
    expect((await list({ ...jobsOf(incident, "retrying") })).jobs).toMatchObject([
      { job_id: openai, at_fault: "openai" },
    ]);
    const scan = buildScanEvents({ way: 2, at: firstScanAt });
    await appendScans(scan);
    expect(await idsOf({ code: failure.code, at_fault: "openai" })).toEqual([openai]);
  });

  it("keeps no row of a tracked job from its end on", async () => {
    // The alarm of an earlier year would fire at once, and remove the row as well.
    vi.useRealTimers();
    const { job, jobId } = await tracked();
    expect(await columnOf(jobId)).toMatchObject({ status: "waiting" });
    await completeStages(job);
    await vi.waitFor(async () => expect(await columnOf(jobId)).toBeNull());
  });

  it("lists a job from the flush of its isolate on, before its watchdog tracks it", async () => {
    const submission = buildSubmission();
    await jobOf(submission.jobId).submit(submission);
    expect(await idsOf({})).toEqual([]);
    const buffer = metricsBuffer();
    buffer.accept(submission.jobId);
    buffer.add([["test_counter", "{}", 1]]);
    await buffer.flush(env.DB, "now");
    expect(await idsOf({})).toEqual([submission.jobId]);
    await completeStages(jobOf(submission.jobId));
    expect((await list()).jobs).toMatchObject([{ status: "completed", stage: "reward" }]);
    expect(await idsOf({ status: "waiting" })).toEqual([]);
    wait(2 * minute);
    expect(await idsOf({})).toEqual([]);
  });

  it("lists each job once, page by page, when open ones become ended ones", async () => {
    const open: string[] = [];
    for (let count = 0; count < 3; count++) {
      open.unshift((await tracked()).jobId);
      wait(1_000);
    }
    const scans = Array.from({ length: 5 }, (_, nth) =>
      buildScanEvents({ way: 1, at: firstScanAt + nth * minute }),
    );
    for (const scan of scans) await appendScans(scan);
    const ended = scans.map(({ jobId }) => jobId).toReversed();
    const found = await pages({ limit: "2" });
    expect(found.flat()).toEqual([...open, ...ended]);
    expect(found.every((page) => page.length <= 2)).toBe(true);
  });

  it("finds jobs by each filter, open and ended, also in the archive", async () => {
    const at = firstScanAt;
    const [completed, failed, cancelled] = [1, 2, 3].map((way) => buildScanEvents({ way, at }));
    if (!completed || !failed || !cancelled) throw new Error("There are three");
    await appendScans(completed, failed, cancelled);
    const open = await tracked({ model: "gpt-5.2", region: "서울특별시 강남구 역삼동" });
    const all = [open.jobId, cancelled.jobId, failed.jobId, completed.jobId];
    const expectFound = async (query: Query, ids: string[]) =>
      expect([query, (await idsOf(query)).toSorted()]).toEqual([query, ids.toSorted()]);
    const look = async () => {
      await expectFound({}, all);
      await expectFound({ status: "cancelled" }, [cancelled.jobId]);
      await expectFound({ status: "waiting" }, [open.jobId]);
      await expectFound({ stage: "vision" }, [open.jobId, cancelled.jobId]);
      await expectFound({ stage: "rule" }, [failed.jobId]);
      await expectFound({ user: failed.userId }, [failed.jobId]);
      await expectFound({ user: "user-1" }, [open.jobId]);
      await expectFound({ code: failure.code }, [failed.jobId]);
      await expectFound({ model: "gpt-5.2" }, [open.jobId, cancelled.jobId]);
      await expectFound({ provider: "openai" }, [open.jobId, cancelled.jobId]);
      await expectFound({ region: "서울특별시" }, [open.jobId, failed.jobId]);
      await expectFound({ region: "서울" }, []);
      await expectFound({ q: failed.jobId }, [failed.jobId]);
      await expectFound({ q: open.jobId }, [open.jobId]);
      await expectFound({ q: completed.userId }, [completed.jobId]);
      await expectFound({ q: traceparent.split("-")[1] ?? "" }, all);
      await expectFound({ q: '"' }, []);
      await expectFound({ to: new Date(at).toISOString() }, []);
      const ends = [completed, failed, cancelled].map(({ events }) => events.at(-1)?.at ?? 0);
      const from = new Date(Math.max(...ends)).toISOString();
      expect((await idsOf({ from })).filter((id) => id !== open.jobId)).toEqual([completed.jobId]);
    };
    await look();
    wait(4 * 24 * 60 * minute);
    await archiveEvents(env);
    expect(await env.DB.prepare("SELECT 1 FROM event_segments").first()).toBeNull();
    await look();
  });

  it("has the last run alone of a job that was confirmed", async () => {
    const first = buildScanEvents({ way: 1 });
    await appendScans(first);
    const seq = first.events.length;
    const again = first.events.at(-1);
    if (!again) throw new Error("It has ended");
    wait(minute);
    await appendScans({ ...first, events: [{ ...again, seq, at: Date.now() }] });
    expect((await list()).jobs).toMatchObject([
      { job_id: first.jobId, ended_at: new Date().toISOString() },
    ]);
  });

  it("names the stage at which a job was parked before it was given up", async () => {
    const { jobId, job } = await buildParkedJob({}, {}, "answer");
    await job.archive(failure);
    const state = await stateOf(job);
    const ended = buildScanEvents({ jobId, way: 2 }).events.at(-1);
    if (!ended || !state) throw new Error("It has ended");
    // All its earlier events are in segments that this page does not have.
    await appendScans({ ...buildScanEvents({ jobId }), events: [{ ...ended, seq: 0 }] });
    expect((await list({ stage: "answer", status: "failed" })).jobs).toMatchObject([
      { job_id: jobId, stage: "answer" },
    ]);
  });

  it("answers 503 for an archive that cannot be read, and goes on without it", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    await appendScans(buildScanEvents({ way: 1 }));
    wait(4 * 24 * 60 * minute);
    await archiveEvents(env);
    const { objects } = await env.EVENT_ARCHIVE.list();
    await env.EVENT_ARCHIVE.delete(objects.map(({ key }) => key));
    const response = await opsRequest("/jobs");
    expect(response.status).toBe(503);
    const { code, detail } = z
      .object({ code: z.string(), detail: z.string() })
      .parse(await response.json());
    expect(code).toBe("EVENTS_UNREADABLE");
    const cursor = /cursor=(\S+)/.exec(detail)?.[1] ?? "";
    expect(await list({ cursor })).toMatchObject({ jobs: [], next_cursor: null });
  });

  it("refuses a filter or a cursor that does not exist", async () => {
    for (const query of ["status=gone", "cursor=7", "limit=101", "colour=red", "stage=sniff"]) {
      const { status } = await opsRequest(`/jobs?${query}`);
      expect([query, status]).toEqual([query, 422]);
    }
  });
});

describe("the bulk actions", () => {
  it("cancels open jobs once, and says what became of each", async () => {
    const open = await tracked();
    const parked = await buildParkedJob();
    const ended = await tracked();
    await completeStages(ended.job);
    const gone = crypto.randomUUID();
    const job_ids = [open.jobId, parked.jobId, ended.jobId, gone, open.jobId];
    const response = await opsPost("/jobs/cancel", { job_ids, by: "kim", why: "a test" });
    expect(await response.json()).toEqual({
      jobs: [
        { job_id: open.jobId, status: "cancelled", changed: true },
        { job_id: parked.jobId, status: "cancelled", changed: true },
        { job_id: ended.jobId, status: "completed", changed: false },
        { job_id: gone, status: "not-found", changed: false },
      ],
    });
    const again = await opsPost("/jobs/cancel", {
      job_ids: [open.jobId],
      by: "kim",
      why: "a test",
    });
    expect(await again.json()).toMatchObject({ jobs: [{ status: "cancelled", changed: false }] });
    const { results } = await env.DB.prepare(
      "SELECT by, action, target FROM audit ORDER BY id",
    ).all();
    expect(results[0]).toEqual({ by: "kim", action: "job.cancel", target: open.jobId });
    expect(results).toHaveLength(5);
  });

  it("tells one of two operators who cancel a job at once that it was cancelled before", async () => {
    const { jobId } = await tracked();
    const cancel = async (by: string) => {
      const order = { job_ids: [jobId], by, why: "a test" };
      const response = await opsPost("/jobs/cancel", order);
      return (await response.json<{ jobs: { status: string; changed: boolean }[] }>()).jobs;
    };
    const answers = (await Promise.all(["kim", "lee"].map(cancel))).flat();
    expect(answers.map(({ status }) => status)).toEqual(["cancelled", "cancelled"]);
    expect(answers.filter(({ changed }) => changed)).toHaveLength(1);
  });

  it("redrives the dead letters of the named jobs alone", async () => {
    const [one, other] = [await buildParkedJob(), await buildParkedJob()];
    const filter = DeadLetterFilter.parse({ job_ids: [one.jobId] });
    wait(1);
    const [group] = await countMatching(env.DB, filter, Date.now());
    expect(group?.dead_letters).toBe(1);
    expect(other.jobId).not.toBe(one.jobId);
  });
});
