import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { EventSource } from "eventsource";
import { z } from "zod";
import { type EventFrame, Frame, frameStages } from "../../src/pipeline/frames.ts";
import { localShardsOf } from "../../scripts/start/local-queues.ts";
import { shardOf } from "../../src/pipeline/stages/stage-table.ts";
import { type ModelServer, startModelServer } from "../node/model-server.ts";
import { type Server, startServer } from "./start-server.ts";

let model: ModelServer;
let server: Server;

const env = () => ({ OPENAI_API_KEY: "sk-test", OPENAI_BASE_URL: model.baseURL });

beforeAll(async () => {
  model = await startModelServer();
  server = await startServer({ env: env(), entry: "test/support/hanging-stores-worker.ts" });
});

afterAll(async () => {
  await server.stop();
  await model.close();
});

const Accepted = z.object({ job_id: z.string(), stream_url: z.string() });

interface Scan {
  user: string;
  jobId: string;
  /** The mark in its words, by which the model server knows it. */
  id: string;
  streamUrl: string;
}

/** A new W3C trace context whose parent id instructs the stores. */
const trace = (parent: string) => `00-${randomBytes(16).toString("hex")}-${parent}-01`;

interface Script {
  /** What the model is to do. */
  words?: string;
  /** The parent id of its trace, which instructs the stores. */
  parent?: string;
}

/** Each is another user's: nobody's scans are held back behind his others. */
async function submit({ words = "", parent = "0123456789abcdef" }: Script = {}): Promise<Scan> {
  const user = `user-${crypto.randomUUID()}`;
  const id = `{${crypto.randomUUID()}}`;
  const response = await fetch(`${server.url}/api/v1/scan`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-user-id": user,
      traceparent: trace(parent),
    },
    body: JSON.stringify({ user_input: `생수병 ${words} ${id}` }),
  });
  const { job_id: jobId, stream_url: streamUrl } = Accepted.parse(await response.json());
  return { user, jobId, id, streamUrl };
}

const burst = (size: number, script?: Script) =>
  Promise.all(Array.from({ length: size }, () => submit(script)));

/** All frames of a scan, from the first to `done` or to one that is waited for. */
function frames({ streamUrl }: Scan, until: (frame: EventFrame) => boolean): Promise<EventFrame[]> {
  const { promise, resolve } = Promise.withResolvers<EventFrame[]>();
  const seen: EventFrame[] = [];
  const source = new EventSource(new URL(streamUrl, server.url));
  for (const stage of frameStages) {
    source.addEventListener(stage, ({ data }: MessageEvent<string>) => {
      const frame = Frame.parse(JSON.parse(data));
      if (frame.status === "delta") return;
      seen.push(frame);
      if (until(frame)) resolve(seen);
    });
  }
  return promise.finally(() => source.close());
}

const Snapshot = z.object({
  stages: z.array(z.object({ stage: z.string(), status: z.string() })),
});

/** The stage in which an attempt of a scan runs now. */
async function runningStage([, { jobId, user }]: [string, Scan]) {
  const path = `/api/v1/scan/${jobId}`;
  const response = await fetch(new URL(path, server.url), { headers: { "x-user-id": user } });
  const { stages } = Snapshot.parse(await response.json());
  return stages.find(({ status }) => status === "running")?.stage;
}

const isDone = ({ stage }: EventFrame) => stage === "done";

/**
 * A scan whose messages go through queues that none of the `others` takes: a local queue has one batch at a
 * time, and would keep it behind one that hangs.
 */
async function inOwnShard(script: Script, others: readonly Scan[]): Promise<Scan> {
  const shard = ({ jobId }: Scan) => shardOf(localShardsOf("vision"), jobId, "prompt");
  for (;;) {
    const scan = await submit(script);
    if (!others.some((other) => shard(other) === shard(scan))) return scan;
    const { jobId, user } = scan;
    const job = new URL(`/api/v1/scan/${jobId}`, server.url);
    await fetch(job, { method: "DELETE", headers: { "x-user-id": user } });
  }
}

describe("a server that is killed with SIGKILL and started again on the same state", () => {
  it(
    "completes every scan by itself, and repeats no model call that was checkpointed",
    { timeout: 240_000 },
    async () => {
      // One hangs in each stage. Of the others some have ended, and some are anywhere between.
      const first = await burst(20);
      const vision = await inOwnShard({ words: "[vision:silent,ok]" }, []);
      const rule = await inOwnShard({ parent: "aaaaaaaaaaaaaaaa" }, [vision]);
      const answer = await inOwnShard({ words: "[answer:silent,ok]" }, [vision, rule]);
      const reward = await inOwnShard({ parent: "bbbbbbbbbbbbbbbb" }, [vision, rule, answer]);
      const hanging = { vision, rule, answer, reward };
      const held = Object.entries(hanging);
      const second = await burst(40, { words: "[vision:slow] [answer:slow]" });
      await vi.waitFor(
        async () => expect(await Promise.all(held.map(runningStage))).toEqual(Object.keys(hanging)),
        { timeout: 60_000, interval: 200 },
      );
      await server.stop("SIGKILL");
      const killedAt = Date.now();
      const port = Number(new URL(server.url).port);
      server = await startServer({ env: env(), port, persistTo: server.persistTo });

      const scans = [...Object.values(hanging), ...first, ...second];
      const logs = await Promise.all(scans.map((scan) => frames(scan, isDone)));
      let unfinished = 0;
      for (const [index, log] of logs.entries()) {
        expect(log.map(({ seq }) => seq)).toEqual(log.map((_, position) => position));
        expect(log.at(-1)?.result).toMatchObject({ status: "completed", reward: { name: "페티" } });
        if (Date.parse(log.at(-1)?.ts ?? "") > killedAt) unfinished++;
        for (const [stage, kind] of [
          ["vision", "vision"],
          ["answer", "answer"],
        ] as const) {
          const recorded = log.filter((it) => it.stage === stage && it.status === "completed");
          expect(recorded).toHaveLength(1);
          const checkpointedAt = Date.parse(recorded[0]?.ts ?? "");
          const calls = model.calls(scans[index]?.id ?? "").filter((call) => call.kind === kind);
          expect(calls.filter(({ at }) => at > checkpointedAt)).toEqual([]);
        }
      }
      for (const [index, stage] of Object.keys(hanging).entries()) {
        const attempts = logs[index]?.filter((it) => it.stage === stage && it.status === "started");
        // A crash uses up no attempt.
        expect(attempts?.map(({ attempt }) => attempt)).toEqual(attempts?.map(() => 1));
        expect(attempts?.filter(({ ts }) => Date.parse(ts) > killedAt)).toHaveLength(1);
      }
      // The kill has hit more than those that hung, or this would prove little.
      expect(unfinished).toBeGreaterThan(20);
    },
  );
});
