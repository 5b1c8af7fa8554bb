import type { Context } from "hono";
import { adaptersOf } from "../adapters.ts";
import { callAccount, callJob } from "../objects.ts";
import { notFound } from "../pipeline/refusals.ts";
import type { SubmitReply } from "../pipeline/submission.ts";
import { checkScan, type CheckedRequest } from "./check-scan.ts";
import { Problem } from "./problem.ts";
import { admit } from "./quota.ts";
import { hashOfSent, type SentScan } from "./scan-body.ts";
import { linksOf } from "./scan-links.ts";
import type { UserEnv } from "./user.ts";

interface Submitted {
  jobId: string;
  reply: SubmitReply;
  links: Awaited<ReturnType<typeof linksOf>>;
}

/** A submit as it arrived, with its idempotency key; null when it has none. */
interface Submit {
  sent: SentScan;
  key: string | null;
  traceparent: string;
}

/**
 * Submits a scan. A request that its key has submitted before is answered with its scan, whatever this deployment
 * would say of it now.
 */
export async function submit(c: Context<UserEnv>, arrived: Submit): Promise<Submitted> {
  const { sent, key } = arrived;
  let checked: CheckedRequest;
  try {
    checked = await checkScan(c, sent, adaptersOf(c.env));
  } catch (problem) {
    const known = problem instanceof Problem && key !== null ? await find(c, key, sent) : null;
    if (!known) throw problem;
    return known;
  }
  return submitChecked(c, checked, arrived);
}

async function submitChecked(
  c: Context<UserEnv>,
  { prepare, ...rest }: CheckedRequest,
  { key, traceparent }: Submit,
): Promise<Submitted> {
  const userId = c.get("userId");
  const [admitted, { requestHash, storePhoto }] = await Promise.all([
    admit(c, userId, key),
    prepare(),
  ]);
  const request = { photo: await storePhoto(), ...rest };
  const { jobId } = admitted;
  const [reply, links] = await Promise.all([
    callJob(c.env, jobId, (job) =>
      job.submit({ userId, request, requestHash, traceparent, ...admitted }),
    ),
    linksOf(c.env, { jobId, userId }),
  ]);
  return { jobId, reply, links };
}

/** The scan that a key names, and its answer to what was sent; null when there is none. */
async function find(c: Context<UserEnv>, key: string, sent: SentScan): Promise<Submitted | null> {
  const userId = c.get("userId");
  const jobId = await callAccount(c.env, userId, (account) => account.scanOf(key));
  if (jobId === null) return null;
  const requestHash = await hashOfSent(sent);
  const reply = await callJob(c.env, jobId, (job) => job.replyToRefused(requestHash));
  return reply === notFound
    ? null
    : { jobId, reply, links: await linksOf(c.env, { jobId, userId }) };
}
