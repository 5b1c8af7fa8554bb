import { Hono } from "hono";
import { authOf } from "../auth/auth.ts";
import { signStreamToken } from "../auth/stream-token.ts";
import { adaptersOf } from "../adapters.ts";
import type { JobState } from "../pipeline/job.ts";
import { pendingOf, resultOf } from "../pipeline/result.ts";
import { notFound } from "../pipeline/refusals.ts";
import { snapshotOf } from "../pipeline/snapshot.ts";
import { callJob } from "../objects.ts";
import { knownJobId, newJobId, resultNotFound } from "./job-id.ts";
import { admit } from "./quota.ts";
import { Problem } from "./problem.ts";
import { limitBody, readScanRequest } from "./scan-body.ts";
import { traceparentOf } from "./traceparent.ts";
import { explainWaiting } from "./waiting.ts";
import { requireUser, type UserEnv } from "./user.ts";

/** Submit a scan, ask for it, and cancel it. */
export const scan = new Hono<UserEnv>()
  .use(requireUser)

  .post("/", limitBody, async (c) => {
    const userId = c.get("userId");
    const jobId = await newJobId(c, userId);
    const request = await readScanRequest(c, adaptersOf(c.env));
    const traceparent = traceparentOf(c.req.header("traceparent"));
    const standing = await admit(c, userId, jobId);
    const { verdict, state } = await callJob(c.env, jobId, (job) =>
      job.submit({ jobId, userId, request, traceparent, ...standing }),
    );
    if (verdict === "conflict") {
      throw new Problem(
        "IDEMPOTENCY_KEY_REUSED",
        "This key was used for another request; use a new one.",
      );
    }
    const { stream_url, result_url } = await linksOf(c.env, state);
    return c.json({ job_id: jobId, stream_url, result_url, status: "queued" as const }, 202, {
      location: result_url,
      traceparent: state.traceparent,
    });
  })

  .get("/categories", async (c) => {
    const { documents } = await adaptersOf(c.env).regulations.current();
    return c.json(
      [...documents.values()].map(({ key, category, name, steps }) => ({
        id: key,
        name: category.middle,
        display_name: name,
        instructions: steps,
      })),
    );
  })

  .get("/:id/result", async (c) => {
    const state = await visible(c.env, c.req.param("id"), c.get("userId"));
    const result = resultOf(state);
    if (result) return c.json(result);
    return c.json(pendingOf(state, Date.now()), 202, { "retry-after": "2" });
  })

  .get("/:id", async (c) => {
    const state = await visible(c.env, c.req.param("id"), c.get("userId"));
    const waiting = await explainWaiting(c.env, state);
    return c.json({ ...snapshotOf(state, Date.now()), waiting, ...(await linksOf(c.env, state)) });
  })

  .delete("/:id", async (c) => {
    const userId = c.get("userId");
    const state = await callJob(c.env, knownJobId(c.req.param("id")), (job) => job.cancel(userId));
    if (state === notFound) throw resultNotFound();
    return c.json({ ...snapshotOf(state, Date.now()), ...(await linksOf(c.env, state)) });
  });

async function visible(env: Env, id: string, userId: string): Promise<JobState> {
  const state = await callJob(env, knownJobId(id), (job) => job.snapshot(userId));
  if (state === notFound) throw resultNotFound();
  return state;
}

/**
 * Where a scan is followed. Streams carry a pass of ten minutes, since an `EventSource` sends no
 * headers; where nothing can be signed they are left to the cookie.
 */
async function linksOf(env: Env, { jobId, userId }: JobState) {
  const { signingKey } = authOf(env);
  const query = signingKey ? `?token=${await signStreamToken(signingKey, { jobId, userId })}` : "";
  const path = `/api/v1/scan/${jobId}`;
  return {
    stream_url: `${path}/events${query}`,
    ws_url: `${path}/ws${query}`,
    result_url: `${path}/result`,
  };
}
