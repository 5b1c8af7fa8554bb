import { adaptersOf } from "../../adapters.ts";
import { callAccount, callJob } from "../../objects.ts";
import type { JobContent } from "../../pipeline/job-content.ts";
import type { ScanRequest } from "../../pipeline/request.ts";
import { resultNotFound, traceparentOf } from "../job-id.ts";
import { assertPhotoTaken } from "../photo.ts";
import { Problem } from "../problem.ts";
import { requireContent } from "./require-job.ts";

/** What a test changes of a scan; what is undefined stays as it was. */
export interface Changes {
  user_input?: string | null | undefined;
  model?: string | undefined;
}

/** The request of a test. Throws the problem of one that could not run here. */
export function testRequest(env: Env, { request }: JobContent, changes: Changes): ScanRequest {
  const { photo, region } = request;
  const { user_input = request.user_input, model = request.model } = changes;
  const { models } = adaptersOf(env);
  const supported_models = models.supported.map(({ name }) => name);
  if (!supported_models.includes(model)) {
    const message = `The model ${JSON.stringify(model)} is not configured here.`;
    throw new Problem("UNSUPPORTED_MODEL", message, { supported_models });
  }
  if (!photo && !user_input) {
    throw new Problem("IMAGE_URL_REQUIRED", "A test needs words, or the scan's photo.");
  }
  if (photo?.kind === "stored") assertPhotoTaken(photo.type, model, { models, env });
  // A model is asked, whatever it has answered to the same photo.
  return { photo, user_input, model, region, callback_url: null, reuse: false };
}

/**
 * Submits a test scan. Its resident's account knows of it before its content is read, so that an erasure either has
 * deleted that content, or finds the test.
 *
 * @returns its id.
 */
export async function submitTest(
  env: Env,
  of: string,
  userId: string,
  changes: Changes,
): Promise<string> {
  const jobId = crypto.randomUUID();
  const admittedAt = await callAccount(env, userId, (account) => account.admitTestScan(jobId));
  const content = await requireContent(env, of);
  await callJob(env, jobId, (job) =>
    job.submit({
      jobId,
      userId,
      request: testRequest(env, content, changes),
      requestHash: jobId,
      keyed: false,
      traceparent: traceparentOf(undefined),
      // Nobody's scan waits behind a test.
      lane: "bulk",
      owned: [],
      test: { of },
    }),
  );
  if (await callAccount(env, userId, (account) => account.isErasedSince(admittedAt))) {
    await callJob(env, jobId, (job) => job.erase());
    throw resultNotFound();
  }
  return jobId;
}
