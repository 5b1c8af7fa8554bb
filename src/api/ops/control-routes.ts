import { z } from "zod";
import { pipelineControl } from "../../control-client.ts";
import { providers } from "../../models/catalog.ts";
import { audit, By, Notice, Why } from "../../ops-audit.ts";
import { phaseOf } from "../../pipeline/breaker.ts";
import { breakerOf, type Control, type Pause } from "../../pipeline/control.ts";
import { StageName, stageNames } from "../../pipeline/stages/stage-table.ts";
import { iso, isoTime } from "../../platform/iso.ts";
import { defineRoutes, router } from "../openapi/define-routes.ts";
import { answerOf, body, json, jsonBody, requestSchema } from "../openapi/response-bodies.ts";
import { inPath } from "../openapi/shared-parameters.ts";
import { found } from "../problem.ts";
import { readBody } from "../read-body.ts";
import { EndsAt } from "./operator-bodies.ts";

const time = isoTime.nullable();
const by = By.default("operator");

const PauseRequest = requestSchema("PauseRequest", "Why, by whom, and until when.", {
  reason: Why.describe("For operators alone."),
  notice: Notice.nullish().describe("What waiting residents are shown; in Korean."),
  by,
  until: EndsAt.describe("The stage goes on by itself then."),
});
const ControlRequest = requestSchema("ControlRequest", "Who changes it; a body may be left out.", {
  by,
});

const Stage = body("StageControl", "Whether a stage takes work, and why not.", {
  stage: StageName,
  paused: z.boolean(),
  reason: z.string().nullable(),
  notice: z.string().nullable(),
  by: z.string().nullable(),
  since: time,
  until: time,
});
const noPause = { reason: null, notice: null, by: null, since: null, until: null };
const Stages = z.object({ stages: z.array(Stage) }).meta({ id: "Stages" });

const ProviderBreaker = body(
  "Breaker",
  "Whether a provider is called; while it is `open`, it is not.",
  {
    provider: z.string(),
    state: z.enum(["closed", "open", "half-open"]),
    failures: z.int(),
    failing_since: time,
    opened_at: time,
    probed_at: time,
  },
);
const Breakers = z.object({ breakers: z.array(ProviderBreaker) }).meta({ id: "Breakers" });

const inStage = inPath("stage", `One of ${stageNames.join(", ")}.`, "answer");
const controlBody = jsonBody(ControlRequest, { "by kim": { by: "kim" } }, false);

const route = defineRoutes("Ops: control", "operator");
const listStages = route("get", "/stages", "listStages", {
  summary: "Which stages are paused",
  responses: { 200: json("The stages.", Stages) },
});

const pauseStage = route("post", "/stages/{stage}/pause", "pauseStage", {
  summary: "Stop a stage",
  description: "It takes no attempts from the scans that wait for it.",
  parameters: [inStage],
  requestBody: jsonBody(PauseRequest, {
    "for a repair": { reason: "점검", notice: "AI 모델을 점검하고 있어요.", by: "kim" },
  }),
  responses: { 200: json("The stage as it is now.", Stage) },
  problems: ["NOT_FOUND"],
});

const resumeStage = route("post", "/stages/{stage}/resume", "resumeStage", {
  summary: "Resume a stage",
  parameters: [inStage],
  requestBody: controlBody,
  responses: { 200: json("The stage as it is now.", Stage) },
  problems: ["NOT_FOUND"],
});

const listBreakers = route("get", "/breakers", "listBreakers", {
  summary: "Which providers are not called for a while",
  responses: { 200: json("The providers.", Breakers) },
});

const resetBreaker = route("post", "/breakers/{provider}/reset", "resetBreaker", {
  summary: "Call a provider again",
  parameters: [inPath("provider", "The provider.", "openai")],
  requestBody: controlBody,
  responses: { 200: json("The provider as it is now.", ProviderBreaker) },
  problems: ["NOT_FOUND"],
});

/** What is paused, and which breakers are open. A change is audited before it is made. */
export const control = router()
  .openapi(listStages, async (c) => {
    const { paused } = await pipelineControl(c.env).snapshot();
    return c.json({ stages: stageNames.map((stage) => stageView(stage, paused[stage])) }, 200);
  })

  .openapi(pauseStage, async (c) => {
    const stage = named("stage", stageNames, c.req.param("stage"));
    const {
      by,
      reason,
      notice = null,
      until = null,
    } = await readBody(c, PauseRequest, { whenEmpty: {} });
    const detail = { reason, notice, until: iso(until) };
    await audit(c.env.DB, { by, action: "stage.pause", target: stage, detail });
    const { paused } = await pipelineControl(c.env).pause(stage, { by, reason, notice, until });
    return c.json(stageView(stage, paused[stage]), 200);
  })

  .openapi(resumeStage, async (c) => {
    const stage = named("stage", stageNames, c.req.param("stage"));
    const { by } = await readBody(c, ControlRequest, { whenEmpty: {} });
    await audit(c.env.DB, { by, action: "stage.resume", target: stage, detail: {} });
    const { paused } = await pipelineControl(c.env).unpause(stage);
    return c.json(stageView(stage, paused[stage]), 200);
  })

  .openapi(listBreakers, async (c) => {
    const state = await pipelineControl(c.env).snapshot();
    return c.json({ breakers: providersIn(state).map((name) => breakerView(name, state)) }, 200);
  })

  .openapi(resetBreaker, async (c) => {
    const provider = c.req.param("provider");
    const object = pipelineControl(c.env);
    const before = await object.snapshot();
    named("provider", providersIn(before), provider);
    const { by } = await readBody(c, ControlRequest, { whenEmpty: {} });
    const detail = { was: breakerView(provider, before) };
    await audit(c.env.DB, { by, action: "breaker.reset", target: provider, detail });
    return c.json(breakerView(provider, await object.reset(provider)), 200);
  });

function named<Name extends string>(kind: string, names: readonly Name[], name: string): Name {
  const existing = names.find((it) => it === name);
  return found(existing, "NOT_FOUND", `No ${kind} has this name; there are ${names.join(", ")}.`);
}

/** The providers of the catalog, and every other that has failed. */
const providersIn = ({ breakers }: Control) => [
  ...new Set([...providers.map(({ name }) => name), ...Object.keys(breakers)]),
];

const stageView = (stage: StageName, pause?: Pause) =>
  answerOf(Stage, {
    ...noPause,
    ...pause,
    notice: pause?.notice ?? null,
    stage,
    paused: pause !== undefined,
  });

function breakerView(provider: string, state: Control) {
  const { failures, failingSince, openedAt, probedAt } = breakerOf(state, provider);
  return answerOf(ProviderBreaker, {
    provider,
    state: phaseOf(breakerOf(state, provider), Date.now()),
    failures,
    failing_since: failingSince,
    opened_at: openedAt,
    probed_at: probedAt,
  });
}
