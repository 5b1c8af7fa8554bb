import type { Encoding } from "../../durable-objects/scan-job/subscribers.ts";
import { callJob } from "../objects.ts";

/** Opens a WebSocket to a job: 101 with the socket, or 404 where the user has no such job. */
export function watchJob(
  env: Env,
  jobId: string,
  userId: string,
  after: number,
  encoding: Encoding,
): Promise<Response> {
  const url = new URL("https://scan-job/");
  url.searchParams.set("after", String(after));
  url.searchParams.set("encoding", encoding);
  url.searchParams.set("user", userId);
  return callJob(env, jobId, (job) => job.fetch(url, { headers: { upgrade: "websocket" } }));
}
