/**
 * The Worker with two means of a storm: a clock that can be set ahead, so that an hour need not be waited for, and
 * consumers of stages that can be made to crash while their queues live on.
 */
import { z } from "zod";
import worker from "../../src/index.ts";

export * from "../../src/index.ts";

let aheadMs = 0;
const systemNow = Date.now.bind(Date);
Date.now = () => systemNow() + aheadMs;

/** How many crashes there were. Consumers look, as a promise of another request reaches them late. */
const crashes = { count: 0 };
const lookEveryMs = 200;

/** Rejects at the next crash; resolves when the signal is aborted. */
async function nextCrash(signal: AbortSignal): Promise<void> {
  const before = crashes.count;
  while (crashes.count === before) {
    if (signal.aborted) return;
    await scheduler.wait(lookEveryMs);
  }
  throw new Error("The consumer crashed");
}

const Later = z.object({ aheadMs: z.int().nonnegative(), jobs: z.array(z.string()) });

const routes: Record<string, (request: Request, env: Env) => Promise<void>> = {
  /** Sets the clock ahead, and does the work of the alarms that are due then. */
  async "/api/storm/later"(request, env) {
    const later = Later.parse(await request.json());
    aheadMs = Math.max(aheadMs, later.aheadMs);
    await Promise.all(later.jobs.map((id) => env.SCAN_JOB.getByName(id).recover()));
  },
  /** Ends the consumers that run as a crash would: their messages are redelivered. */
  async "/api/storm/crash"() {
    crashes.count++;
  },
};

async function fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
  const route = routes[new URL(request.url).pathname];
  if (!route) return worker.fetch(request, env, ctx);
  await route(request, env);
  return new Response(null, { status: 204 });
}

async function queue(batch: MessageBatch, env: Env): Promise<void> {
  if (!batch.queue.startsWith("scan-vision") && !batch.queue.startsWith("scan-answer")) {
    return worker.queue(batch, env);
  }
  const handled = new AbortController();
  const work = worker.queue(batch, env).finally(() => handled.abort());
  await Promise.race([work, nextCrash(handled.signal)]);
}

export default { fetch, queue, scheduled: worker.scheduled } satisfies ExportedHandler<Env>;
