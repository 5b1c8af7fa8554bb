import { env } from "cloudflare:workers";
import { afterAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { metrics } from "../../src/metrics/metrics-buffer.ts";
import { EventFrame } from "../../src/pipeline/frames.ts";
import { submitText, callWorker, followScan } from "../support/worker-requests.ts";
import { opsRequest, opsPost, statusesWithoutToken } from "../support/ops-requests.ts";

const streams: string[] = [];

async function submitted(words: string, init: { user: string }) {
  const scan = await submitText(words, init);
  streams.push(scan.stream_url);
  return scan;
}

// Other files count scans and attempts: none is to be on its way when they begin.
afterAll(async () => {
  await Promise.all(streams.map((url) => followScan(url)));
  await metrics.flush(env.DB, "now");
});

const Given = z.strictObject({ ws_url: z.string() });

async function addressOf(jobId: string): Promise<string> {
  const response = await opsPost(`/jobs/${jobId}/stream`, { by: "kim" });
  expect(response.status).toBe(201);
  return Given.parse(await response.json()).ws_url;
}

const watches = async (jobId: string) => {
  const row = await env.DB.prepare(
    "SELECT count(*) AS n FROM audit WHERE action = 'job.watch' AND target = ?",
  )
    .bind(jobId)
    .first<number>("n");
  return row;
};

async function opened(path: string): Promise<WebSocket> {
  const response = await callWorker(path, { user: null, headers: { upgrade: "websocket" } });
  expect(response.status).toBe(101);
  const socket = response.webSocket;
  if (!socket) throw new Error("There is no socket");
  return socket;
}

/** All frames until the scan has ended, as they are sent. */
async function allEvents(path: string) {
  const socket = await opened(path);
  const frames: z.infer<typeof AnyFrame>[] = [];
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  socket.addEventListener("message", ({ data }) => {
    frames.push(AnyFrame.parse(JSON.parse(String(data))));
  });
  socket.addEventListener("close", () => resolve());
  socket.accept();
  await ended;
  return frames;
}
const AnyFrame = z.looseObject({ stage: z.string() });

/** The first event of a stream, by who has only its address. */
async function firstEvent(path: string): Promise<EventFrame> {
  const socket = await opened(path);
  const first = new Promise<EventFrame>((resolve) => {
    socket.addEventListener("message", ({ data }) => {
      resolve(EventFrame.parse(JSON.parse(String(data))));
    });
  });
  socket.accept();
  const event = await first;
  socket.close();
  return event;
}

describe("an operator who watches a job", () => {
  it("is let in by the token only, and learns nothing else", async () => {
    const { job_id } = await submitted("생수병", { user: "watched-1" });
    expect(await statusesWithoutToken(`/jobs/${job_id}/stream`, "POST")).toEqual([
      401, 401, 401, 401,
    ]);
    expect(await watches(job_id)).toBe(0);
  });

  it("is given an address that opens this resident's job, and is noted first", async () => {
    const { job_id } = await submitted("생수병", { user: "watched-2" });
    const path = await addressOf(job_id);
    expect(await firstEvent(path)).toMatchObject({ job_id, seq: 0, stage: "queued" });
    expect(await watches(job_id)).toBe(1);
  });

  it("sees how the job goes on, and nothing that its resident wrote or is answered", async () => {
    const words = `생수병 ${crypto.randomUUID()}`;
    const scan = await submitted(words, { user: "watched-10" });
    const frames = await allEvents(await addressOf(scan.job_id));
    expect(frames.map(({ stage }) => stage)).toEqual(
      expect.arrayContaining(["queued", "vision", "rule", "answer", "reward", "done"]),
    );
    const seen = JSON.stringify([frames, await (await opsRequest(`/jobs/${scan.job_id}`)).json()]);
    expect(seen).not.toContain(words);
    expect(seen).not.toContain("result");
    expect(seen).not.toContain("단계1");
    expect(seen).not.toContain('"delta"');
    // The resident does.
    expect(JSON.stringify(await followScan(scan.stream_url))).toContain(words);
  });

  it("has no server-sent events at that address", async () => {
    const { job_id } = await submitted("생수병", { user: "watched-11" });
    const path = (await addressOf(job_id)).replace(/\/ws\?/, "/events?");
    expect((await callWorker(path, { user: null })).status).toBe(404);
  });

  it("is given none that opens another job, of the same resident or of another", async () => {
    const { job_id } = await submitted("생수병", { user: "watched-3" });
    const token = new URL(await addressOf(job_id), "http://localhost").searchParams.get("token");
    for (const user of ["watched-3", "watched-4"]) {
      const other = await submitted("신문지", { user });
      const response = await callWorker(`/api/v1/scan/${other.job_id}/ws?token=${token}`, {
        user: null,
        headers: { upgrade: "websocket" },
      });
      expect(response.status).toBe(404);
    }
  });

  it("does not read or cancel the resident's scan by that address", async () => {
    const { job_id } = await submitted("생수병", { user: "watched-5" });
    const token = new URL(await addressOf(job_id), "http://localhost").searchParams.get("token");
    for (const init of [{}, { method: "DELETE" }]) {
      const asked = await callWorker(`/api/v1/scan/${job_id}?token=${token}`, {
        user: null,
        ...init,
      });
      expect(asked.status).toBe(401);
      const bearer = { authorization: `Bearer ${token}` };
      const shown = await callWorker(`/api/v1/scan/${job_id}`, {
        user: null,
        headers: bearer,
        ...init,
      });
      expect(shown.status).toBe(401);
    }
  });

  it.each<[string, string, unknown, number]>([
    ["a job that is not there", crypto.randomUUID(), { by: "kim" }, 404],
    ["what is no id", "nothing", { by: "kim" }, 404],
  ])("answers 404 for %s, and audits nothing", async (_, id, body, status) => {
    expect((await opsPost(`/jobs/${id}/stream`, body)).status).toBe(status);
    expect(await watches(id)).toBe(0);
  });

  it.each<[string, unknown]>([
    ["nobody", {}],
    ["a blank name", { by: " " }],
    ["another field", { by: "kim", user_id: "watched-7" }],
  ])("refuses an operator without a name: %s", async (_, body) => {
    const { job_id } = await submitted("생수병", { user: "watched-6" });
    expect((await opsPost(`/jobs/${job_id}/stream`, body)).status).toBe(422);
    expect(await watches(job_id)).toBe(0);
  });

  it("is given no address when that cannot be noted, or not signed", async () => {
    const { job_id } = await submitted("생수병", { user: "watched-8" });
    vi.spyOn(console, "error").mockReturnValue();
    const prepare = vi.spyOn(env.DB, "prepare").mockImplementation(() => {
      throw new Error("D1 is down");
    });
    const response = await opsPost(`/jobs/${job_id}/stream`, { by: "kim" });
    prepare.mockRestore();
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("token");
    const unsigned = await opsPost(`/jobs/${job_id}/stream`, { by: "kim" }, { SIGNING_SECRET: "" });
    expect(unsigned.status).toBe(503);
    expect(await unsigned.json()).toMatchObject({ code: "NOT_CONFIGURED" });
    expect(await watches(job_id)).toBe(0);
  });

  it("is shown in the audit", async () => {
    const { job_id } = await submitted("생수병", { user: "watched-9" });
    await addressOf(job_id);
    const { entries } = Audit.parse(await (await opsRequest("/audit")).json());
    expect(entries).toContainEqual({ by: "kim", action: "job.watch", target: job_id });
  });
});

const Audit = z.object({
  entries: z.array(z.object({ by: z.string(), action: z.string(), target: z.string() })),
});
