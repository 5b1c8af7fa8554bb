import { Hono } from "hono";
import { z } from "zod";
import { authOf } from "../../auth/auth.ts";
import { signStreamToken } from "../../auth/stream-token.ts";
import { callJob } from "../../objects.ts";
import { notFound } from "../../pipeline/refusals.ts";
import { audit, By } from "../../ops-audit.ts";
import { knownJobId, resultNotFound } from "../job-id.ts";
import { invalid, Problem } from "../problem.ts";
import { readJson } from "../read-json.ts";

/** Who wants to watch. */
export const Watch = z.strictObject({ by: By });

/**
 * Lets an operator watch a job live: gives an address that carries its owner's pass, for this job and
 * ten minutes. Whoever holds it sees what the resident sees, so it is noted before it is given.
 */
export const jobStream = new Hono<{ Bindings: Env }>().post("/:id/stream", async (c) => {
  const jobId = knownJobId(c.req.param("id"));
  const watch = Watch.safeParse(await readJson(c));
  if (!watch.success) throw invalid(watch.error);
  const { signingKey } = authOf(c.env);
  if (!signingKey) {
    throw new Problem("NOT_CONFIGURED", "Addresses of streams are signed: set SIGNING_SECRET.");
  }
  const state = await callJob(c.env, jobId, (job) => job.inspect());
  if (state === notFound) throw resultNotFound();
  const { by } = watch.data;
  await audit(c.env.DB, { by, action: "job.watch", target: jobId, detail: {} });
  const token = await signStreamToken(signingKey, { jobId, userId: state.userId });
  return c.json({ ws_url: `/api/v1/scan/${jobId}/ws?token=${token}` }, 201);
});
