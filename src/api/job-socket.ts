import type { Access } from "../../durable-objects/scan-job.ts";
import type { Wire } from "../../durable-objects/watchers.ts";
import { callJob } from "../scan-jobs.ts";

/** Opens a WebSocket to a job: 101 with the socket, or 404 for who may not see it. */
export function watchJob(
  env: Env,
  jobId: string,
  access: Access,
  after: number,
  wire: Wire,
): Promise<Response> {
  const url = new URL("https://scan-job/");
  url.searchParams.set("after", String(after));
  url.searchParams.set("wire", wire);
  if ("userId" in access) url.searchParams.set("user", access.userId);
  else url.searchParams.set("token", access.streamToken);
  return callJob(env, jobId, (job) => job.fetch(url, { headers: { upgrade: "websocket" } }));
}
