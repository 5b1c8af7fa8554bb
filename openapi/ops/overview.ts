import { z } from "zod";
import { DeadLetterGroup } from "../../src/dead-letters/dead-letter-list.ts";
import { DeadLetterKind } from "../../src/dead-letters/dead-letter-kind.ts";
import { RedriveRequest } from "../../src/dead-letters/operated-redrives.ts";
import { StageName } from "../../src/pipeline/stages/stage-table.ts";
import { json } from "../bodies.ts";
import { answers } from "../named-schemas.ts";
import { operation, type Resource } from "../operation.ts";
import { AlertView, openAlert } from "../../src/api/ops/alert-routes.ts";
import { fingerprint } from "./dead-letters.ts";
import { progress } from "./redrives.ts";

const time = z.iso.datetime();
const queue = {
  name: z.string(),
  messages: z.number().nullable().meta({ description: "Null when it could not be measured." }),
  oldest_age_s: z.number().nullable(),
};

const Overview = answers(
  "Overview",
  z.object({
    at: time,
    findings: z
      .array(
        z.object({
          rule: z.string(),
          target: z.string(),
          value: z.number(),
          threshold: z.number(),
          message: z.string(),
        }),
      )
      .meta({ description: "What the rules of alerts find at this moment." }),
    alerts: z.array(AlertView),
    causes: z
      .array(
        z.object({
          ...DeadLetterGroup.shape,
          first_seen_at: time,
          last_seen_at: time,
          cost_each_usd: z
            .number()
            .nullable()
            .meta({ description: "What redriving one costs at most, as far as that is known." }),
        }),
      )
      .meta({ description: "Parked dead letters by cause." }),
    dead_letters: z
      .array(
        z.object({
          kind: DeadLetterKind,
          source: z.string(),
          parked: z.int(),
          redriving: z.int(),
          oldest_at: time.nullable(),
        }),
      )
      .meta({
        description: "Open ones of each stage, and of each queue and projection that has some.",
      }),
    queues: z.array(
      z.union([
        z.object({ kind: z.enum(["stage", "dead-letters"]), stage: StageName, ...queue }),
        z.object({ kind: z.literal("other"), ...queue }),
      ]),
    ),
    control: z
      .object({
        paused: z.array(
          z.object({
            stage: StageName,
            by: z.string(),
            reason: z.string(),
            since: time,
            until: time.nullable(),
          }),
        ),
        breakers: z.array(
          z.object({
            provider: z.string(),
            state: z.enum(["open", "half-open"]),
            failures: z.int(),
            opened_at: time,
          }),
        ),
      })
      .nullable()
      .meta({ description: "Null while it cannot be reached." }),
    projections: z.array(
      z.object({
        name: z.string(),
        lag: z.int(),
        dead_letters: z.int(),
        updated_at: time.nullable(),
      }),
    ),
    redrives: z
      .array(
        z.object({
          id: z.string(),
          action: RedriveRequest.shape.action,
          by: z.string(),
          why: z.string(),
          created_at: time,
          progress,
        }),
      )
      .meta({ description: "Those that run." }),
  }),
  "What is to be known at a glance.",
);

const { id, rule, target, message, value, threshold } = openAlert;

export const overview: Resource = {
  tag: "Ops: overview",
  description: "What is to be known at a glance.",
  operations: [
    operation("get", "/api/v1/ops/overview", {
      id: "getOverview",
      summary: "What is wrong, waits, is paused and runs",
      access: "operator",
      answers: {
        200: json("The overview.", Overview, {
          "a busy moment": {
            at: "2026-11-22T11:40:00.000Z",
            findings: [{ rule, target, value, threshold, message }],
            alerts: [openAlert],
            causes: [
              {
                fingerprint,
                kind: "stage",
                source: "answer",
                error_code: "MODEL_UNAVAILABLE",
                error_message: "The model gpt-5.2 did not answer.",
                model: "gpt-5.2",
                regulation_version: "a5eb5bc1b194",
                dead_letters: 41,
                users: 38,
                first_seen_at: "2026-11-22T11:34:27.263Z",
                last_seen_at: "2026-11-22T11:39:27.000Z",
                cost_each_usd: 0.0021,
              },
            ],
            dead_letters: [
              {
                kind: "stage",
                source: "answer",
                parked: 41,
                redriving: 0,
                oldest_at: "2026-11-22T11:34:27.263Z",
              },
            ],
            queues: [
              {
                kind: "stage",
                stage: "answer",
                name: "scan-answer",
                messages: 1_204,
                oldest_age_s: 190,
              },
              { kind: "other", name: "webhooks", messages: 0, oldest_age_s: 0 },
            ],
            control: {
              paused: [
                {
                  stage: "answer",
                  by: "kim",
                  reason: "점검",
                  since: "2026-11-22T11:34:39.484Z",
                  until: null,
                },
              ],
              breakers: [
                {
                  provider: "openai",
                  state: "open",
                  failures: 5,
                  opened_at: "2026-11-22T11:34:10.000Z",
                },
              ],
            },
            projections: [
              {
                name: "history",
                lag: 0,
                dead_letters: 0,
                updated_at: "2026-11-22T11:39:42.456Z",
              },
            ],
            redrives: [
              {
                id,
                action: "redrive",
                by: "kim",
                why: "provider is back",
                created_at: "2026-11-22T11:39:39.638Z",
                progress: { taken: 5, running: 5, recovered: 0, failed_again: 0, discarded: 0 },
              },
            ],
          },
        }),
      },
    }),
  ],
};
