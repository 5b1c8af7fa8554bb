import type { Context } from "hono";
import { adaptersOf } from "../adapters.ts";
import { callAccount, callJob } from "../objects.ts";
import { notFound } from "../pipeline/refusals.ts";
import type { Photo } from "../pipeline/request.ts";
import type { SubmitReply } from "../pipeline/submission.ts";
import { type CheckedPhoto, checkScan, type CheckedRequest } from "./check-scan.ts";
import { admitPhoto } from "./photo-admission.ts";
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
  let admitted: AdmittedRequest | Submitted;
  try {
    admitted = await admitRequest(c, arrived);
  } catch (problem) {
    const known = problem instanceof Problem && key !== null ? await find(c, key, sent) : null;
    if (!known) throw problem;
    return known;
  }
  return "jobId" in admitted ? admitted : submitAdmitted(c, admitted, arrived);
}

interface AdmittedRequest extends Pick<CheckedRequest, "fields" | "hasOwnPhoto"> {
  prepare: CheckedPhoto;
}

/** Checks a request, its photo last: that costs work, which is admitted first. */
async function admitRequest(
  c: Context<UserEnv>,
  { sent, key }: Submit,
): Promise<AdmittedRequest | Submitted> {
  const { fields, hasOwnPhoto, checkPhoto } = checkScan(c, sent, adaptersOf(c.env));
  const bytes = sent.bytes?.length ?? null;
  if (hasOwnPhoto && !(await admitPhoto(c, { key, bytes }))) {
    const known = key === null ? null : await find(c, key, sent);
    if (known) return known;
    // It was admitted, and died before it was submitted.
    await admitPhoto(c, { key: null, bytes });
  }
  return { fields, hasOwnPhoto, prepare: await checkPhoto() };
}

async function submitAdmitted(
  c: Context<UserEnv>,
  { fields, hasOwnPhoto, prepare }: AdmittedRequest,
  { key, traceparent }: Submit,
): Promise<Submitted> {
  const userId = c.get("userId");
  const [{ admittedAt, ...admitted }, { requestHash, storePhoto }] = await Promise.all([
    admit(c, userId, key),
    prepare(),
  ]);
  const request = { photo: await storePhoto(), ...fields };
  const { jobId } = admitted;
  const [reply, links] = await Promise.all([
    callJob(c.env, jobId, (job) =>
      job.submit({ userId, request, requestHash, traceparent, ...admitted }),
    ),
    linksOf(c.env, { jobId, userId }),
  ]);
  // Not before the submission: an erasure that begins after it finds the scan.
  if (await callAccount(c.env, userId, (it) => it.isErasedSince(admittedAt))) {
    throw await undone(c, jobId, hasOwnPhoto ? request.photo : null);
  }
  return { jobId, reply, links };
}

/** An erasure that ran during the submission did not find what it stored. */
async function undone(c: Context<UserEnv>, jobId: string, photo: Photo | null): Promise<Problem> {
  await callJob(c.env, jobId, (job) => job.erase());
  if (photo?.kind === "stored") await adaptersOf(c.env).images.delete(photo.key);
  c.header("retry-after", "5");
  return new Problem("UNAVAILABLE", "Your data were erased meanwhile. Try again in a moment.");
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
