/**
 * What the engine of Workflows takes for four steps, whoever uses it: nothing is done in them and nothing is kept.
 * The client waits for the engine's own event of the end.
 */
import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from "cloudflare:workers";
import { stageNames } from "../../src/pipeline/stages/stage-table.ts";

export {
  AutomaticRedrive,
  Erasure,
  PipelineControl,
  Redrive,
  ScanJob,
  UserAccount,
} from "../../src/index.ts";

interface Bindings extends Env {
  SCAN_WORKFLOW: Workflow;
}

/** About as long as what a stage returns. */
const text = "x".repeat(1_000);

export class ScanWorkflow extends WorkflowEntrypoint<Bindings> {
  override async run(_: WorkflowEvent<unknown>, step: WorkflowStep) {
    for (const name of stageNames) await step.do(name, async () => text);
  }
}

async function submit(request: Request, env: Bindings): Promise<Response> {
  await request.json();
  const { id } = await env.SCAN_WORKFLOW.create();
  return Response.json({ stream_url: `/${id}` }, { status: 202 });
}

async function follow({ url }: Request, env: Bindings): Promise<Response> {
  const instance = await env.SCAN_WORKFLOW.get(new URL(url).pathname.slice(1));
  using subscription = await instance.subscribe({
    filter: ["workflow_completed", "workflow_errored"],
  });
  const { value } = await subscription.next();
  const stage = value?.type === "workflow_completed" ? "done" : "failed";
  return new Response(`event: ${stage}\ndata: {}\n\n`, {
    headers: { "content-type": "text/event-stream" },
  });
}

export default {
  fetch: (request, env) =>
    request.method === "POST" ? submit(request, env) : follow(request, env),
  async queue() {},
} satisfies ExportedHandler<Bindings>;
