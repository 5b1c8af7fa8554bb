import { expect, it } from "vitest";
import { notificationOf } from "../../src/alerts/alert-notification.ts";
import type { Alert } from "../../src/alerts/alert-store.ts";
import type { JobState } from "../../src/pipeline/job.ts";
import { webhookOf } from "../../src/pipeline/webhook.ts";
import { JobEvent } from "../../src/pipeline/job-events.ts";
import { stageNames } from "../../src/pipeline/stages/stage-table.ts";
import { WebhookType } from "../../src/pipeline/webhook-types.ts";
import { jobOf, stageOutputs, stateOf } from "../support/job-builders.ts";
import versionOne from "../fixtures/events/version-1.json" with { type: "json" };
import { document, errorsOf } from "./document.ts";
import { aFinished, aParked } from "./scans.ts";

const at = Date.UTC(2026, 10, 22);

const schemaOf = (name: string) => {
  const content = document.webhooks[name]?.["post"]?.requestBody?.content;
  return content?.["application/json"]?.schema ?? {};
};
const sent = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

async function notifiedStateOf(jobId: string): Promise<JobState> {
  const state = await stateOf(jobOf(jobId));
  if (!state) throw new Error("There is no such job");
  const callback_url = "https://shop.example.com/hooks/eco2";
  return { ...state, request: { ...state.request, callback_url } };
}

it("documents the webhook of a scan", async () => {
  const [finished, parked] = await Promise.all([aFinished(), aParked()]);
  const done = webhookOf({ type: "done", seq: 9, at }, await notifiedStateOf(finished.jobId));
  const waits = webhookOf(
    { type: "parked", seq: 1, at, stage: "vision", error: { code: "C", message: "m" }, calls: [] },
    await notifiedStateOf(parked.jobId),
  );
  const state = await notifiedStateOf(finished.jobId);
  const all = { ...state, request: { ...state.request, callback_events: WebhookType.options } };
  const stages = stageNames.map((stage) => {
    const completed = { type: "completed", seq: 5, at, stage, output: stageOutputs[stage] };
    return webhookOf(JobEvent.parse(completed), all);
  });
  expect(stages.map((message) => message?.payload.type)).toEqual([
    "scan.classified",
    "scan.rules_retrieved",
    "scan.answered",
    "scan.rewarded",
  ]);
  for (const message of [done, waits, ...stages]) {
    expect(message).not.toBeNull();
    expect(errorsOf(schemaOf("scan"), sent(message?.payload))).toEqual([]);
  }
});

it("documents the webhook of a change", () => {
  for (const { type, data } of versionOne.filter((it) => !it.type.startsWith("scan."))) {
    const notice = { type, timestamp: new Date(at).toISOString(), data: { cursor: 12, ...data } };
    expect(errorsOf(schemaOf("change"), notice)).toEqual([]);
  }
});

it("documents the webhook of an alert", () => {
  const alert: Alert = {
    id: crypto.randomUUID(),
    rule: "backlog",
    target: "scan-answer",
    value: 1_204,
    threshold: 1_000,
    cause: null,
    opened_at: at,
    last_seen_at: at,
    resolved_at: at,
    opened_delivered_at: null,
    resolved_delivered_at: null,
    attempts: 0,
    last_error: null,
    claimed_until: 0,
  };
  for (const notice of [notificationOf(alert, "opened"), notificationOf(alert, "resolved")]) {
    expect(errorsOf(schemaOf("alert"), JSON.parse(notice?.body ?? "null"))).toEqual([]);
  }
});
