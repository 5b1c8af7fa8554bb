import { z } from "zod";
import { Changed, PauseBody } from "../../src/api/ops/control-body.ts";
import { StageName } from "../../src/pipeline/stages/stage-table.ts";
import { json, jsonBody, optionalBody } from "../bodies.ts";
import { answers, sends } from "../named-schemas.ts";
import { operation, type Resource } from "../operation.ts";
import { inPath } from "../parameters.ts";
import { badBody } from "./problems.ts";

const time = z.iso.datetime();

const PauseOrder = sends("PauseOrder", PauseBody, "Why, by whom, and until when.", {
  until: "The stage goes on by itself then.",
});
const ControlOrder = sends("ControlOrder", Changed, "Who changes it.");
const Stage = answers(
  "StageControl",
  z.object({
    stage: StageName,
    paused: z.boolean(),
    reason: z.string().nullable(),
    by: z.string().nullable(),
    since: time.nullable(),
    until: time.nullable(),
  }),
  "Whether a stage takes work, and why not.",
);
const Stages = answers("Stages", z.object({ stages: z.array(Stage) }));
const Breaker = answers(
  "Breaker",
  z.object({
    provider: z.string(),
    state: z.enum(["closed", "open", "half-open"]),
    failures: z.int(),
    failing_since: time.nullable(),
    opened_at: time.nullable(),
    probed_at: time.nullable(),
  }),
  "Whether a provider is asked; `open` leaves it alone for a while.",
);
const Breakers = answers("Breakers", z.object({ breakers: z.array(Breaker) }));

const stage = inPath("stage", StageName, "The stage.", "answer");
const byKim = { "by kim": { by: "kim" } };
const isUnknown = [...badBody, "NOT_FOUND"] as const;
const going = { stage: "answer" as const, paused: false, reason: null, by: null, since: null };
const paused = {
  stage: "answer" as const,
  paused: true,
  reason: "점검",
  by: "kim",
  since: "2026-11-22T11:34:39.484Z",
  until: null,
};
const closed = {
  provider: "openai",
  state: "closed" as const,
  failures: 0,
  failing_since: null,
  opened_at: null,
  probed_at: null,
};

export const control: Resource = {
  tag: "Ops: control",
  description: "What is paused, and which providers are left alone.",
  operations: [
    operation("get", "/api/v1/ops/stages", {
      id: "listStages",
      summary: "Which stages are paused",
      access: "operator",
      answers: { 200: json("The stages.", Stages, { "one is paused": { stages: [paused] } }) },
    }),
    operation("post", "/api/v1/ops/stages/:stage/pause", {
      id: "pauseStage",
      summary: "Stop a stage",
      description: "It takes no attempts from the scans that wait for it.",
      access: "operator",
      parameters: [stage],
      body: jsonBody(PauseOrder, { "for a repair": { reason: "점검", by: "kim" } }),
      answers: { 200: json("The stage as it is now.", Stage, { paused }) },
      problems: isUnknown,
    }),
    operation("post", "/api/v1/ops/stages/:stage/resume", {
      id: "resumeStage",
      summary: "Let a stage go on",
      access: "operator",
      parameters: [stage],
      body: optionalBody(ControlOrder, byKim),
      answers: {
        200: json("The stage as it is now.", Stage, { going: { ...going, until: null } }),
      },
      problems: isUnknown,
    }),
    operation("get", "/api/v1/ops/breakers", {
      id: "listBreakers",
      summary: "Which providers are left alone",
      access: "operator",
      answers: {
        200: json("The providers.", Breakers, {
          "one is left alone": {
            breakers: [
              {
                ...closed,
                state: "open",
                failures: 5,
                failing_since: "2026-11-22T11:33:02.000Z",
                opened_at: "2026-11-22T11:34:10.000Z",
              },
            ],
          },
        }),
      },
    }),
    operation("post", "/api/v1/ops/breakers/:provider/reset", {
      id: "resetBreaker",
      summary: "Ask a provider again",
      access: "operator",
      parameters: [inPath("provider", z.string(), "The provider.", "openai")],
      body: optionalBody(ControlOrder, byKim),
      answers: { 200: json("The provider as it is now.", Breaker, { closed }) },
      problems: isUnknown,
    }),
  ],
};
