import { type Context, Hono } from "hono";
import type { z } from "zod";
import { providers } from "../../models/catalog.ts";
import { audit } from "../../ops-audit.ts";
import { type Breaker, phaseOf } from "../../pipeline/breaker.ts";
import { breakerOf, type Control, type Pause } from "../../pipeline/control.ts";
import { StageName, stageNames } from "../../pipeline/stages/stage-table.ts";
import { pipelineControl } from "../../control-client.ts";
import { invalid, Problem } from "../problem.ts";
import { Changed, PauseBody } from "./control-body.ts";
import { iso } from "../../platform/iso.ts";

/**
 * What is paused and which providers are left alone, for operators: to be mounted behind their
 * token. A change is noted before it is made: one note too many is better than one that is missing.
 */
export const control = new Hono<{ Bindings: Env }>()
  .get("/stages", async (c) => {
    const { paused } = await pipelineControl(c.env).snapshot();
    return c.json({ stages: stageNames.map((stage) => stageView(stage, paused[stage])) });
  })

  .post("/stages/:stage/pause", async (c) => {
    const stage = stageIn(c);
    const { by, reason, until = null } = await bodyOf(c, PauseBody);
    await audit(c.env.DB, {
      by,
      action: "stage.pause",
      target: stage,
      detail: { reason, until: iso(until) },
    });
    const { paused } = await pipelineControl(c.env).pause(stage, { by, reason, until });
    return c.json(stageView(stage, paused[stage]));
  })

  .post("/stages/:stage/resume", async (c) => {
    const stage = stageIn(c);
    const { by } = await bodyOf(c, Changed);
    await audit(c.env.DB, { by, action: "stage.resume", target: stage, detail: {} });
    const { paused } = await pipelineControl(c.env).unpause(stage);
    return c.json(stageView(stage, paused[stage]));
  })

  .get("/breakers", async (c) => {
    const known = await pipelineControl(c.env).snapshot();
    const names = namesOf(known);
    return c.json({ breakers: names.map((name) => breakerView(name, breakerOf(known, name))) });
  })

  .post("/breakers/:provider/reset", async (c) => {
    const { DB } = c.env;
    const provider = c.req.param("provider");
    const object = pipelineControl(c.env);
    const before = await object.snapshot();
    const names = namesOf(before);
    if (!names.includes(provider)) {
      throw new Problem("NOT_FOUND", `No provider has this name; there are ${names.join(", ")}.`);
    }
    const { by } = await bodyOf(c, Changed);
    const was = breakerView(provider, breakerOf(before, provider));
    await audit(DB, { by, action: "breaker.reset", target: provider, detail: { was } });
    return c.json(breakerView(provider, breakerOf(await object.reset(provider), provider)));
  });

function stageIn(c: Context): StageName {
  const stage = StageName.safeParse(c.req.param("stage"));
  if (stage.success) return stage.data;
  throw new Problem("NOT_FOUND", `No stage has this name; there are ${stageNames.join(", ")}.`);
}

/** A body of JSON; none is an empty one. */
async function bodyOf<Schema extends z.ZodType>(
  c: Context,
  schema: Schema,
): Promise<z.output<Schema>> {
  const text = await c.req.text();
  let body: unknown;
  try {
    body = text === "" ? {} : JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new Problem("MALFORMED_JSON", error.message);
  }
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw invalid(parsed.error);
  return parsed.data;
}

/** Those of the catalog, and whoever has failed. */
const namesOf = ({ breakers }: Control) => [
  ...new Set([...providers.map(({ name }) => name), ...Object.keys(breakers)]),
];

const stageView = (stage: StageName, pause?: Pause) => ({
  stage,
  paused: pause !== undefined,
  reason: pause?.reason ?? null,
  by: pause?.by ?? null,
  since: iso(pause?.since),
  until: iso(pause?.until),
});

const breakerView = (provider: string, breaker: Breaker) => ({
  provider,
  state: phaseOf(breaker, Date.now()),
  failures: breaker.failures,
  failing_since: iso(breaker.failingSince),
  opened_at: iso(breaker.openedAt),
  probed_at: iso(breaker.probedAt),
});
