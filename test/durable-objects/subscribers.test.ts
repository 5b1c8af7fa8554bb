import { evictDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { stageNames } from "../../src/pipeline/stages/stage-table.ts";
import { EventFrame } from "../../src/pipeline/frames.ts";
import { callWorker, readSse } from "../support/worker-requests.ts";
import {
  parkJob,
  buildSubmission,
  claimStage,
  jobOf,
  stageOutputs,
  stagesAfter,
  completeStages,
  stagesBefore,
} from "../support/job-builders.ts";

async function watched() {
  const submission = buildSubmission();
  const job = jobOf(submission.jobId);
  await job.submit(submission);
  const path = `/api/v1/scan/${submission.jobId}`;
  const open = (after?: number) =>
    callWorker(`${path}/events${after === undefined ? "" : `?after=${after}`}`);
  return { job, path, open, submission };
}

describe("a client that closes its WebSocket", () => {
  it.each([
    [1000, "left", 1000],
    [4001, "bored", 4001],
  ])(
    "with %d is answered at once, with its own code",
    async (code, reason, answered) => {
      const submission = buildSubmission();
      const job = jobOf(submission.jobId);
      await job.submit(submission);
      const { webSocket } = await job.fetch(`https://job/?user=${submission.userId}`, {
        headers: { upgrade: "websocket" },
      });
      if (!webSocket) throw new Error("No WebSocket was opened");
      const { promise, resolve } = Promise.withResolvers<CloseEvent>();
      webSocket.addEventListener("close", resolve);
      webSocket.accept();
      webSocket.close(code, reason);
      const closed = await promise;
      expect([closed.code, closed.wasClean]).toEqual([answered, true]);
    },
    5_000,
  );
});

describe("an SSE stream from the start", () => {
  it("receives each frame once when the object is evicted", async () => {
    const { job, open } = await watched();
    const response = await open();
    const read = readSse(response);
    for (const stage of stageNames) {
      await completeStages(job, [stage]);
      if (stage !== "reward") await evictDurableObject(job);
    }
    expect((await read).events.map(({ id }) => id)).toEqual([...Array(10).keys()]);
  });

  it("goes on when the object's sockets were cut", async () => {
    const { job, open } = await watched();
    const read = readSse(await open());
    await completeStages(job, ["vision"]);
    await evictDurableObject(job, { webSockets: "close" });
    await completeStages(job, stagesAfter("vision"));
    expect((await read).events.map(({ id }) => id)).toEqual([...Array(10).keys()]);
  });

  it("stays open when a stage is retried", async () => {
    const { job, open } = await watched();
    const read = readSse(await open());
    const failure = { code: "MODEL_UNAVAILABLE", message: "scripted" };
    await job.retry("vision", await claimStage(job, "vision"), failure, { retryAfterMs: 0 });
    await completeStages(job);
    const statuses = (await read).events.map(({ frame }) => frame.status);
    expect(statuses.slice(0, 4)).toEqual(["started", "started", "retrying", "started"]);
    expect(statuses.at(-1)).toBe("completed");
  });

  it("ends with a long retry when the job is parked, and resumes after a redrive", async () => {
    const { job, open } = await watched();
    const read = readSse(await open());
    await parkJob(job, "vision");
    const { events, text } = await read;
    expect(events.at(-1)?.frame).toMatchObject({
      status: "parked",
      error: { code: "MODEL_UNAVAILABLE" },
    });
    expect(text).toMatch(/retry: 30000\n\n$/);

    const again = readSse(await open(events.at(-1)?.id));
    await job.resume("vision", "first");
    await completeStages(job);
    const rest = (await again).events;
    expect(rest[0]?.frame).toMatchObject({ seq: 9, status: "resumed" });
    expect(rest.at(-1)?.frame.stage).toBe("done");
  });
});

describe("an EventSource that waits for done alone", () => {
  const accept = { headers: { accept: "text/event-stream" } };
  const lastOf = (text: string) => {
    const block = text.split("\n\n").at(-3) ?? "";
    return { block, frame: EventFrame.parse(JSON.parse(/^data: (.*)$/m.exec(block)?.[1] ?? "")) };
  };

  it.each(["while it watches", "before it connects"])(
    "gets done when its scan is parked %s, which repeats a seq and has no id",
    async (when) => {
      const { job, path } = await watched();
      const watch = () => callWorker(`${path}/events`, accept);
      const early = when === "while it watches" ? await watch() : null;
      await parkJob(job, "vision");
      const { events, text } = await readSse(early ?? (await watch()));
      const parked = events.at(-1)?.frame;
      expect(parked?.status).toBe("parked");
      const { block, frame } = lastOf(text);
      expect(block).toMatch(/^event: done\ndata: /);
      expect(frame).toMatchObject({
        stage: "done",
        status: "completed",
        seq: parked?.seq,
        result: { status: "parked", pipeline_result: null, error: { code: "MODEL_UNAVAILABLE" } },
      });
      expect(text).toMatch(/retry: 30000\n\n$/);
    },
  );

  it("gets none when it resumes by cursor", async () => {
    const { job, path } = await watched();
    await parkJob(job, "vision");
    const { text } = await readSse(await callWorker(`${path}/events?after=0`, accept));
    expect(text).not.toContain("event: done");
  });
});

describe("the result", () => {
  it("is readable before a client can see done", async () => {
    const { job, path, open } = await watched();
    const response = await open();
    await completeStages(job, stagesBefore("reward"));
    const lease = await claimStage(job, "reward");
    const result = `${path}/result`;
    expect((await callWorker(result)).status).toBe(202);
    await job.complete(lease, [{ stage: "reward", output: stageOutputs.reward }]);
    const { events } = await readSse(response);
    expect(events.at(-1)?.event).toBe("done");
    expect((await callWorker(result)).status).toBe(200);
  });

  it("shows why the scan waits, and its partial result", async () => {
    const { job, path } = await watched();
    await completeStages(job, ["vision"]);
    await parkJob(job, "rule");
    const pending = await callWorker(`${path}/result`);
    expect(pending.status).toBe(202);
    expect(await pending.json()).toMatchObject({
      status: "parked",
      current_stage: "rule",
      progress: 25,
      last_error: { code: "MODEL_UNAVAILABLE" },
    });
    const snapshot = await callWorker(path);
    expect(await snapshot.json()).toMatchObject({
      status: "parked",
      stages: [
        { status: "completed" },
        { status: "parked" },
        { status: "pending" },
        { status: "pending" },
      ],
      partial_result: { classification_result: { classification: { minor_category: "생수병" } } },
    });
  });
});

describe("a WebSocket", () => {
  async function connect({ path }: Awaited<ReturnType<typeof watched>>) {
    const { webSocket } = await callWorker(`${path}/ws`, {
      headers: { upgrade: "websocket" },
    });
    if (!webSocket) throw new Error("No socket was opened");
    const { promise: closed, resolve } = Promise.withResolvers<string[]>();
    const texts: string[] = [];
    webSocket.addEventListener("message", ({ data }) => texts.push(String(data)));
    webSocket.addEventListener("close", () => resolve(texts), { once: true });
    webSocket.accept();
    return { webSocket, closed };
  }

  it("stays open while the job is parked, and closes after done", async () => {
    const scan = await watched();
    const { webSocket, closed } = await connect(scan);
    webSocket.send("ping");
    await parkJob(scan.job, "vision");
    await scan.job.resume("vision", "first");
    await completeStages(scan.job);
    const texts = await closed;
    expect(texts).toContain("pong");
    expect(texts.filter((text) => text !== "pong")).toHaveLength(19);
  });

  it("does not block the others when its client left", async () => {
    const scan = await watched();
    const gone = await connect(scan);
    const staying = await connect(scan);
    gone.webSocket.close(1000, "left");
    await completeStages(scan.job);
    expect(await staying.closed).toHaveLength(10);
  });
});
