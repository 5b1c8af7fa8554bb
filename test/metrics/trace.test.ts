import { expect, it } from "vitest";
import type { EventDraft } from "../../src/pipeline/job-events.ts";
import { reduce } from "../../src/pipeline/job.ts";
import { webhookOf } from "../../src/pipeline/webhook.ts";
import { buildMessage, deliver } from "../support/queue-messages.ts";
import { buildSubmission, traceparent } from "../support/job-builders.ts";
import { buildWebhook, receivedRequests, webhookEnv } from "../support/build-webhook.ts";

it("is in the webhooks of a parked and of an ended scan", () => {
  const { jobId: _, ...submission } = buildSubmission({
    callback_url: "https://hooks.example.com/",
  });
  const error = { code: "INTERNAL", message: "scripted" };
  const happened: EventDraft[] = [
    { type: "queued", ...submission, jobId: crypto.randomUUID() },
    { type: "parked", stage: "vision", error, calls: [] },
    { type: "failed", stage: "vision", error, calls: [] },
    { type: "done" },
  ];
  let state: ReturnType<typeof reduce> = null;
  const published = happened.flatMap((draft, seq) => {
    const event = { ...draft, seq, at: Date.now() };
    state = reduce(state, event);
    const webhook = state && webhookOf(event, state);
    return webhook ? [webhook.payload] : [];
  });
  expect(published).toMatchObject([
    { type: "scan.parked", data: { traceparent } },
    { type: "scan.failed", data: { traceparent } },
  ]);
});

it("is a header of the webhook, where the payload has one", async () => {
  const [traced, untraced] = [buildWebhook(), buildWebhook()];
  traced.payload.data = { ...traced.payload.data, traceparent };
  for (const webhook of [traced, untraced]) {
    await deliver("webhooks", [buildMessage<unknown>(webhook)], webhookEnv());
  }
  expect((await receivedRequests(traced.url))[0]?.headers).toMatchObject({ traceparent });
  expect((await receivedRequests(untraced.url))[0]?.headers).not.toHaveProperty("traceparent");
});
