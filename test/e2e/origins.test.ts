import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readConfiguration } from "../../scripts/provision/deploy-configuration.ts";
import { parkedMs, retentionMs } from "../../src/pipeline/decisions/watchdog-check.ts";
import { idempotencyMs } from "../../src/pipeline/idempotency.ts";
import { leaseMs } from "../../src/pipeline/lease.ts";
import {
  redriveEveryMs,
  redrivesPerRun,
  redriveWaitsMs,
} from "../../src/pipeline/redrive-policy.ts";
import { stages } from "../../src/pipeline/stages/stage-table.ts";
import { faultsOf, rowsOf } from "./origin-rows.ts";

const rows = rowsOf(readFileSync("docs/origins.md", "utf8"));

/** The predecessor's parts, as its documents and its source name them. */
const parts = [
  "scan.direct character.direct my.direct users.direct reward.direct reward.events dlx authz.fanout",
  "blacklist.events character.cache celery celeryev",
  "scan.vision scan.rule scan.answer scan.reward character.match character.reward my.sync my.reward",
  "character.save_ownership users.save_character character.grant_default auth.blacklist",
  "dlq.scan.vision dlq.scan.rule dlq.scan.answer dlq.scan.reward dlq.character.match",
  "dlq.character.reward dlq.my.reward dlq.celery archive.*",
  "scan-api scan-worker character-match-worker character-worker my-worker users-worker auth-worker",
  "auth-relay celery-beat event-router sse-gateway cache-warmup import_character_catalog",
  "scan:events:0 scan:events:3 published:{job}:{stage}:{seq} router:published:{job}:{seq}",
  "scan:state:{job} sse:events:{job} scan:result:{job} scan:checkpoint:{job}:{stage}",
  "scan:idempotency:{key} task:{id} blacklist:{jti} eventrouter XAUTOCLAIM",
  "reprocess-dlq-scan-vision reprocess-dlq-scan-rule reprocess-dlq-scan-answer",
  "reprocess-dlq-scan-reward reprocess-dlq-character-reward reprocess-dlq-my-reward",
  "ScanRequested ScanClassified RulesRetrieved ScanAnswered ScanRewarded ScanCompleted",
  "CharacterGranted full_refresh upsert delete task-started task-failed task-result",
  "rabbitmq_queue_messages rabbitmq_queue_messages_unacked rabbitmq_queue_consumers",
  "celery_worker_tasks_active celery_task_failed_total",
].flatMap((line) => line.split(" "));

/** Numbers of this system, by the row that has them. */
const numbers = (): [string, string][] => [
  ["state and result are kept", duration(retentionMs)],
  ["an idempotency key is kept", duration(idempotencyMs)],
  ["dead letters are kept", `a parked job ${parkedMs / 86_400_000} days`],
  ["redrives", `every ${duration(redriveEveryMs)}`],
  ["redrives", `${redrivesPerRun} a source, ${redriveWaitsMs.length}`],
  ["a dead consumer is noticed", duration(leaseMs)],
];

const duration = (ms: number) =>
  ms >= 3_600_000 ? `${ms / 3_600_000} h` : ms > 60_000 ? `${ms / 60_000} min` : `${ms / 1_000} s`;

describe("docs/origins.md", () => {
  it("names files and tests that exist, in every row", () => {
    expect(rows.length).toBeGreaterThan(100);
    expect(rows.flatMap(faultsOf)).toEqual([]);
  });

  it("has a row for every part of the predecessor", () => {
    const named = rows.map(({ cells }) => cells[0] ?? "");
    expect(parts.filter((part) => !named.some((it) => it.includes(`\`${part}\``)))).toEqual([]);
    for (const phase of ["1,", "2,", "3,", "4,"]) {
      expect(named.some((it) => it.startsWith(phase))).toBe(true);
    }
  });

  it("names every queue of this system", async () => {
    const { queues } = await readConfiguration("wrangler.toml");
    const here = rows.map(({ cells }) => cells[1] ?? "").join(" ");
    const names = queues.consumers.map(({ queue }) => queue);
    expect(names.filter((queue) => !here.includes(`\`${queue}\``))).toEqual([]);
  });

  it("has the limits of the stage table", () => {
    const limits = rows.filter(({ columns }) => columns[0] === "stage");
    expect(limits.map(({ cells }) => [cells[0], cells[2], cells[4], cells[6]])).toEqual(
      stages.map(({ name, attempts, deadlineMs, ttlMs }) => [
        name,
        String(attempts),
        duration(deadlineMs),
        duration(ttlMs),
      ]),
    );
  });

  it("has the other numbers of the code", () => {
    const here = (part: string) =>
      rows.find(({ columns, cells }) => columns[0] === "number" && cells[0]?.startsWith(part));
    for (const [part, number] of numbers()) expect(here(part)?.cells[2]).toContain(number);
  });
});

describe("the check of a row", () => {
  const columns = ["part", "here", "why", "test"];
  const row = {
    part: "`a`",
    here: "`src/index.ts`",
    why: "b",
    test: "`test/pipeline/errors.test.ts`: keeps a permanent error permanent",
  };
  const check = (change: Partial<typeof row>) =>
    faultsOf({ columns, cells: Object.values({ ...row, ...change }) });

  it("accepts a file and a test that exist", () => {
    expect(check({})).toEqual([]);
  });

  it.each<[string, Partial<typeof row>]>([
    ["no file", { here: "somewhere" }],
    ["no such file", { here: "`src/nothing.ts`" }],
    ["such a file, and another that is none", { here: "`src/index.ts`, `src/nothing.ts`" }],
    ["no test", { test: "" }],
    ["no such test file", { test: row.test.replace("errors.", "error.") }],
    ["no such title", { test: `${row.test} or so` }],
    ["a part of a title", { test: row.test.replace(" permanent", "") }],
    ["one test that exists, and one that does not", { test: `${row.test}<br>${row.test} ever` }],
    ["a part that is missing", { why: "still missing" }],
  ])("refuses a row with %s", (_, change) => {
    expect(check(change)).not.toEqual([]);
  });
});
