/**
 * A scan as a Cloudflare Workflow, as somebody would write it who knows this project: four steps, an object that
 * shows their progress, and the same admission, history, events, sums and characters as ours, by the same code.
 * docs/performance.md says what it does not do.
 */
import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from "cloudflare:workers";
import { z } from "zod";
import { publishEffects } from "../../durable-objects/scan-job/outbox.ts";
import { consumerOf } from "../../queues/consumers.ts";
import { adaptersOf } from "../../src/adapters.ts";
import { metrics } from "../../src/metrics/metrics-buffer.ts";
import { recordAttempt } from "../../src/metrics/record-attempt.ts";
import { callAccount } from "../../src/objects.ts";
import { effectsOf } from "../../src/pipeline/effects.ts";
import { JobEvent, type Queued } from "../../src/pipeline/job-events.ts";
import { costOf } from "../../src/pipeline/model-call.ts";
import { stages } from "../../src/pipeline/stages/stage-table.ts";
import { iso } from "../../src/platform/iso.ts";
import { relayStream } from "../bare/relay-stream.ts";
import type { Progress } from "./progress-object.ts";

export {
  AutomaticRedrive,
  Erasure,
  PipelineControl,
  Redrive,
  UserAccount,
} from "../../src/index.ts";
export { ScanJob } from "./progress-object.ts";

interface Bindings extends Env {
  SCAN_WORKFLOW: Workflow<Queued>;
}

export class ScanWorkflow extends WorkflowEntrypoint<Bindings, Queued> {
  override async run({ payload }: WorkflowEvent<Queued>, step: WorkflowStep) {
    const log: JobEvent[] = [payload];
    for (const [index, { name }] of stages.entries()) {
      const text = await step.do(name, async () => {
        const completed = await runStage(index, log, this.env);
        await (index + 1 < stages.length
          ? show(this.env, payload.jobId, [completed])
          : this.#end([...log, completed], completed));
        return JSON.stringify(completed);
      });
      log.push(JobEvent.parse(JSON.parse(text)));
    }
  }

  /** What is kept of a scan is kept before its client is shown the end. */
  async #end(log: readonly JobEvent[], completed: JobEvent) {
    const [queued] = log;
    if (queued?.type !== "queued") return;
    const done: JobEvent = { type: "done", seq: log.length, at: Date.now() };
    await publishEffects(this.env, effectsOf([...log, done], -1));
    await metrics.flush(this.env.DB);
    await show(this.env, queued.jobId, [completed, done]);
  }
}

/** Runs a stage on what the log has so far. Returns the event that it has completed. */
async function runStage(index: number, log: readonly JobEvent[], env: Bindings): Promise<JobEvent> {
  const stage = stages[index];
  const [queued] = log;
  if (!stage || queued?.type !== "queued") throw new RangeError("A scan begins with its request");
  const { jobId, userId, request, owned, traceparent } = queued;
  const completed = log.flatMap((it) => (it.type === "completed" ? [it] : []));
  const calls = completed.flatMap(({ output }) => ("calls" in output ? output.calls : []));
  const startedAt = Date.now();
  const output = await stage.execute(
    {
      request,
      owner: { job_id: jobId, user_id: userId, owned },
      spent_usd: costOf(calls).cost_usd,
      ...Object.fromEntries(completed.map((it) => [it.stage, it.output])),
    },
    adaptersOf(env),
    AbortSignal.timeout(stage.deadlineMs),
  );
  const at = Date.now();
  recordAttempt(env, {
    job: jobId,
    traceparent,
    stage: stage.name,
    attempt: 1,
    outcome: "recorded",
    latencyMs: at - startedAt,
  });
  return JobEvent.parse({ type: "completed", stage: stage.name, output, seq: log.length, at });
}

const progressOf = (env: Env, id: string) => env.SCAN_JOB.getByName(id);

/** Adds events to what clients of a scan are shown. */
async function show(env: Env, jobId: string, events: readonly JobEvent[]) {
  const progress = events.map((event): Progress => ({
    seq: event.seq,
    stage: event.type === "completed" ? event.stage : event.type,
    status: "completed",
    ts: iso(event.at),
    result: event.type === "completed" ? event.output : null,
  }));
  const body = JSON.stringify(progress);
  await progressOf(env, jobId).fetch("https://job/", { method: "POST", body });
}

const Body = z.object({ user_input: z.string() });
const noQuota = { perDay: null, atOnce: null };

/** Admits a scan in its user's object, and starts its Workflow. */
async function submit(request: Request, env: Bindings): Promise<Response> {
  const { user_input } = Body.parse(await request.json());
  const userId = request.headers.get("x-user-id") ?? "";
  const newId = crypto.randomUUID();
  const admission = await callAccount(env, userId, (it) => it.admit(newId, noQuota, null));
  if (!admission.admitted) return new Response(null, { status: 429 });
  const { jobId, lane, owned } = admission;
  const params: Queued = {
    type: "queued",
    seq: 0,
    at: Date.now(),
    jobId,
    userId,
    lane,
    owned,
    keyed: false,
    requestHash: null,
    traceparent: `00-${jobId.replaceAll("-", "")}-${jobId.slice(0, 8)}${jobId.slice(24, 32)}-01`,
    request: {
      photo: null,
      user_input,
      model: adaptersOf(env).models.defaultModel,
      region: null,
      callback_url: null,
      reuse: true,
    },
  };
  await env.SCAN_WORKFLOW.create({ id: jobId, params });
  return Response.json({ job_id: jobId, stream_url: `/${jobId}` }, { status: 202 });
}

async function follow({ url }: Request, env: Bindings): Promise<Response> {
  const id = new URL(url).pathname.slice(1);
  const upgrade = { headers: { upgrade: "websocket" } };
  return relayStream((await progressOf(env, id).fetch("https://job/", upgrade)).webSocket);
}

export default {
  fetch: (request, env) =>
    request.method === "POST" ? submit(request, env) : follow(request, env),
  queue: (batch, env) => consumerOf(batch.queue)(batch, env),
} satisfies ExportedHandler<Bindings>;
