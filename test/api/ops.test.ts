import { describe, expect, it } from "vitest";
import { queueName, shardsOf, stageNames } from "../../src/pipeline/stages/stage-table.ts";
import { submitText, callApp } from "../support/worker-requests.ts";

const paths = [
  "/queues",
  "/dead-letters",
  "/dead-letters/groups",
  "/redrives",
  "/stages",
  "/breakers",
  "/webhooks",
  "/audit",
  `/jobs/${crypto.randomUUID()}`,
];
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
const ops = (path: string, OPS_TOKEN = "ops-secret", sent = "ops-secret") =>
  callApp({ OPS_TOKEN }, `/api/v1/ops${path}`, bearer(sent));

describe.each(paths)("the ops route %s", (path) => {
  it("is closed without the token, with another, and when none is set", async () => {
    expect((await callApp({ OPS_TOKEN: "ops-secret" }, `/api/v1/ops${path}`)).status).toBe(401);
    for (const sent of ["", "ops-secre", "ops-secretx", "OPS-SECRET"]) {
      expect((await ops(path, "ops-secret", sent)).status).toBe(401);
    }
    expect((await ops(path, "", "")).status).toBe(401);
    expect((await ops(path, "", "undefined")).status).toBe(401);
  });
});

it("shows what waits in each queue", async () => {
  const response = await ops("/queues");
  expect(await response.json()).toMatchObject({
    queues: stageNames.map((stage) => ({
      stage,
      queues: shardsOf(stage).map((shard) => ({
        name: queueName(stage, shard),
        backlog: expect.any(Number),
      })),
      dead_letter_queue: { name: `dlq-scan-${stage}`, backlog: expect.any(Number) },
      dead_letters: { parked: expect.any(Number), redriving: expect.any(Number) },
    })),
  });
});

it("shows any user's job, and 404 for one that is not there", async () => {
  const { job_id } = await submitText("생수병", { user: "user-8" });
  const response = await ops(`/jobs/${job_id}`);
  expect(await response.json()).toMatchObject({ job_id, user_id: "user-8" });
  expect((await ops(`/jobs/${crypto.randomUUID()}`)).status).toBe(404);
});

describe("the list of dead letters", () => {
  it("is empty, with no page after it, when there are none", async () => {
    const response = await ops("/dead-letters?limit=10&status=discarded");
    expect(await response.json()).toEqual({ dead_letters: [], next_cursor: null });
    expect(await (await ops("/dead-letters/groups?status=discarded")).json()).toEqual({
      groups: [],
    });
  });

  it.each(["limit=0", "limit=x", "status=lost", "kind=scan", "source=recycle", "cursor=abc"])(
    "refuses %s",
    async (query) => {
      expect((await ops(`/dead-letters?${query}`)).status).toBe(422);
    },
  );
});
