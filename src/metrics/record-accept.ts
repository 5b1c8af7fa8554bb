import { metrics } from "./metrics-buffer.ts";
import { observe } from "./series.ts";

type Fetch = (
  request: Request,
  env: Env,
  context: ExecutionContext,
) => Response | Promise<Response>;

const isSubmit = ({ method, url }: Request) =>
  method === "POST" && new URL(url).pathname === "/api/v1/scan";

const idIn = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/;

/** Serves as `fetch` does, and records how long an accepted submit takes from its arrival to its reply. */
export const recordingAccepts =
  (fetch: Fetch): Fetch =>
  async (request, env, context) => {
    const arrivedAt = Date.now();
    const response = await fetch(request, env, context);
    if (response.status === 202 && isSubmit(request)) {
      metrics.add(observe("eco2_accept_seconds", {}, Date.now() - arrivedAt));
      const jobId = idIn.exec(response.headers.get("location") ?? "")?.[0];
      if (jobId !== undefined) metrics.accept(jobId);
      context.waitUntil(metrics.flush(env.DB));
    }
    return response;
  };
