/** The front of the BullMQ pipeline: adds flows, and shows their progress as server-sent events. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { FlowProducer, QueueEvents } from "bullmq";
import { z } from "zod";
import type { ScanRequest } from "../../src/pipeline/request.ts";
import { stageNames } from "../../src/pipeline/stages/stage-table.ts";
import { connection } from "./connection.ts";
import { stagePorts } from "./stage-ports.ts";

const flows = new FlowProducer({ connection });
const { models } = await stagePorts(process.env["MODEL_URL"] ?? "");
const lastStage = stageNames.at(-1);

/** A scan's events so far, and who follows it. They are in this process alone, and gone with it. */
interface Followed {
  events: string[];
  followers: Set<ServerResponse>;
}
const scans = new Map<string, Followed>();

const isLast = (event: string) => /^event: (done|failed)\n/.test(event);

function show(id: string, event: string, data: object) {
  const scan = scans.get(id);
  if (!scan) return;
  const message = `event: ${event}\nid: ${scan.events.length}\ndata: ${JSON.stringify(data)}\n\n`;
  scan.events.push(message);
  for (const follower of scan.followers) {
    if (isLast(message)) follower.end(message);
    else follower.write(message);
  }
  if (isLast(message)) scan.followers.clear();
}

const Shown = z.object({ stage: z.string() }).loose();
/** A stage's job is named after its scan: Redis does not take a colon in an id. */
const scanOf = (jobId: string) => jobId.slice(jobId.indexOf(".") + 1);
const now = () => new Date().toISOString();

for (const stage of stageNames) {
  const events = new QueueEvents(stage, { connection });
  events.on("progress", ({ jobId, data }) => {
    const shown = Shown.parse(data);
    show(scanOf(jobId), shown.stage, shown);
  });
  events.on("failed", ({ jobId }) => show(scanOf(jobId), "failed", { stage, ts: now() }));
  if (stage === lastStage) {
    events.on("completed", ({ jobId }) => {
      show(scanOf(jobId), "done", { stage: "done", status: "completed", ts: now() });
    });
  }
  await events.waitUntilReady();
}

/** The flow of a scan: each stage's job waits for that of the stage before it. */
function flowOf(id: string, request: ScanRequest, userId: string) {
  const data = { request, owner: { job_id: id, user_id: userId, owned: [] } };
  const jobOf = (stage: (typeof stageNames)[number]) => ({
    name: stage,
    queueName: stage,
    data,
    opts: {
      jobId: `${stage}.${id}`,
      attempts: 4,
      backoff: { type: "exponential" as const, delay: 1_000 },
      removeOnComplete: { age: 3_600 },
    },
  });
  return stageNames.slice(1).reduce(
    (before: Parameters<typeof flows.add>[0], stage) => {
      return { ...jobOf(stage), children: [before] };
    },
    jobOf(stageNames[0] ?? "vision"),
  );
}

const Body = z.object({ user_input: z.string() });

async function submit(request: IncomingMessage, response: ServerResponse) {
  const { user_input } = Body.parse(JSON.parse(await text(request)));
  const id = crypto.randomUUID();
  scans.set(id, { events: [], followers: new Set() });
  show(id, "queued", { stage: "queued", status: "started", ts: now() });
  const model = models.defaultModel;
  const scan = { photo: null, user_input, model, region: null, callback_url: null, reuse: true };
  await flows.add(flowOf(id, scan, String(request.headers["x-user-id"])));
  response.writeHead(202, { "content-type": "application/json" });
  response.end(JSON.stringify({ job_id: id, stream_url: `/${id}` }));
}

function follow(id: string, response: ServerResponse) {
  const scan = scans.get(id);
  if (!scan) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  const events = scan.events.join("");
  if (scan.events.some(isLast)) response.end(events);
  else {
    response.write(events);
    scan.followers.add(response);
    response.on("close", () => scan.followers.delete(response));
  }
}

const server = createServer((request, response) => {
  if (request.method !== "POST") {
    follow((request.url ?? "").slice(1), response);
    return;
  }
  submit(request, response).catch((error: unknown) => {
    console.error(error);
    response.writeHead(500).end();
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1");
await once(server, "listening");
const address = server.address();
if (address === null || typeof address === "string") throw new Error("No port was given");
console.log(`serving http://127.0.0.1:${address.port}`);
