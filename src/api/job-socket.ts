import type { Wire } from "../../durable-objects/watchers.ts";
import { callJob } from "../objects.ts";

/** Opens a WebSocket to a job: 101 with the socket, or 404 for who may not see it. */
export function watchJob(
  env: Env,
  jobId: string,
  userId: string,
  after: number,
  wire: Wire,
): Promise<Response> {
  const url = new URL("https://scan-job/");
  url.searchParams.set("after", String(after));
  url.searchParams.set("wire", wire);
  url.searchParams.set("user", userId);
  return callJob(env, jobId, (job) => job.fetch(url, { headers: { upgrade: "websocket" } }));
}
