/**
 * The Worker as it is deployed, with what it asks of the platform counted. GET /bench/operations
 * returns the counts; POST resets them; POST /bench/later?ms= sets the Worker's clock forward and wakes the
 * scans whose alarm that would have fired.
 */
import worker, * as app from "../../src/index.ts";
import { queueOf, unitsOf, watchBindings } from "./count-bindings.ts";
import { alarmed, watchStorage } from "./count-storage.ts";
import { count, resetCounts, counted, onCall } from "./tally.ts";

/** An object of the Worker, with what it stores and asks of bindings counted. */
const watched = (name: string, Watched: new (state: DurableObjectState, env: Env) => object) =>
  class extends Watched {
    constructor(state: DurableObjectState, env: Env) {
      watchStorage(name, state);
      watchBindings(env);
      super(state, env);
    }
  };

export const ScanJob = watched("ScanJob", app.ScanJob);
export const UserAccount = watched("UserAccount", app.UserAccount);
export const PipelineControl = watched("PipelineControl", app.PipelineControl);
export { AutomaticRedrive, Erasure, Redrive } from "../../src/index.ts";

for (const level of ["debug", "log", "info", "warn", "error"] as const) {
  onCall(console, level, () => count("logLines", level));
}

/** The route of a request: ids of scans and photos make no route of their own. */
const routeOf = ({ method, url }: Request) =>
  `${method} ${new URL(url).pathname.replace(/\/[0-9a-f-]{32,36}/g, "/:id")}`;

async function fetch(request: Request, env: Env, context: ExecutionContext): Promise<Response> {
  watchBindings(env);
  const { pathname, searchParams } = new URL(request.url);
  if (pathname === "/bench/operations") {
    if (request.method === "POST") resetCounts();
    return Response.json(counted());
  }
  if (pathname === "/bench/later") {
    await later(env, Number(searchParams.get("ms")));
    return Response.json(counted());
  }
  count("requests", routeOf(request));
  return worker.fetch(request, env, context);
}

const now = Date.now.bind(Date);
let ahead = 0;
Date.now = () => now() + ahead;

async function later({ SCAN_JOB }: Env, ms: number) {
  ahead += ms;
  const ids = [...alarmed].flatMap((it) => (it.startsWith("ScanJob ") ? [it.slice(8)] : []));
  for (const id of ids) await SCAN_JOB.get(SCAN_JOB.idFromString(id)).recover();
}

/** Counts a batch's messages: those delivered, and those acknowledged because they are not retried. */
async function queue(batch: MessageBatch, env: Env): Promise<void> {
  watchBindings(env);
  const name = queueOf(batch.queue);
  count("queueBatches", name);
  const acknowledged = new Map(batch.messages.map((message) => [message, unitsOf(message.body)]));
  for (const [message, units] of acknowledged) {
    count("queueReads", name, units);
    onCall(message, "retry", () => acknowledged.delete(message));
  }
  onCall(batch, "retryAll", () => acknowledged.clear());
  await worker.queue(batch, env);
  count(
    "queueDeletes",
    name,
    [...acknowledged.values()].reduce((sum, units) => sum + units, 0),
  );
}

export default { fetch, queue, scheduled: worker.scheduled } satisfies ExportedHandler<Env>;
