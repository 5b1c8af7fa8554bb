import { z } from "zod";
import {
  countMatching,
  createRedrive,
  endRedrive,
  listRedrives,
  readRedrive,
  type Redrive,
  RedriveRequest,
} from "../../dead-letters/operated-redrives.ts";
import { openBreakersFor } from "../../dead-letters/open-breakers.ts";
import {
  progressOf,
  progressOfAll,
  type RedriveProgress,
} from "../../dead-letters/redrive-letters.ts";
import { startRedrive } from "../../objects.ts";
import { isoTime } from "../../platform/iso.ts";
import { defineRoutes, router } from "../openapi/define-routes.ts";
import { answerOf, body, json, jsonBody } from "../openapi/response-bodies.ts";
import { inPath } from "../openapi/shared-parameters.ts";
import { found } from "../problem.ts";
import { readBody } from "../read-body.ts";
import { Operator, operatorBody } from "./operator-bodies.ts";

const shown = 100;

const RedriveDecision = RedriveRequest.safeExtend({
  dry_run: z.boolean().default(false).describe("Only counts them."),
}).meta({
  id: "RedriveDecision",
  description: "What is to become of many dead letters at once, by whom and why.",
});

const counts = {
  dead_letters: z.int(),
  groups: z.array(z.object({ fingerprint: z.string(), dead_letters: z.int() })),
};
const Counted = body("RedriveCount", "What a redrive would take.", {
  dry_run: z.literal(true),
  ...counts,
  breakers: z
    .array(
      z.object({
        provider: z.string(),
        state: z.enum(["open", "half-open"]),
        opened_at: isoTime,
        next_probe_at: isoTime.describe("When one call may probe the provider."),
        dead_letters: z.int().describe("Those that call this provider."),
      }),
    )
    .nullable()
    .describe(
      "Circuit breakers that are not closed, of the providers that would be called: redrive one first, with a " +
        "`canary` of 1. Null while they cannot be read.",
    ),
});
const Begun = body("RedriveBegun", "A redrive that runs, and what it takes.", {
  id: z.string(),
  ...counts,
});

const progress = body("RedriveProgress", "What has become of the dead letters that were taken.", {
  taken: z.int(),
  running: z.int(),
  recovered: z.int(),
  failed_again: z.int(),
  cancelled: z.int(),
  discarded: z.int(),
  left_parked: z
    .int()
    .describe("Not taken, since it ended before. `filter.left_by` redrives them."),
});
export const RedriveView = body("Redrive", "A redrive as it was decided, and how far it is.", {
  ...RedriveRequest.shape,
  id: z.string(),
  status: z.enum(["running", "done", "stopped", "aborted"]),
  outcome: z.string().nullable(),
  created_at: isoTime,
  ended_at: isoTime.nullable(),
  progress,
  remaining: z
    .int()
    .nullable()
    .describe("Dead letters that it is still to take; null once it has ended."),
  rest: z.int().describe("Of those left parked, what `filter.left_by` takes now."),
});
const Redrives = body("Redrives", "The last hundred, the newest first.", {
  redrives: z.array(RedriveView),
});

const order = {
  filter: { kind: "stage" as const, code: "MODEL_UNAVAILABLE" },
  canary: { count: 5, max_failed_percent: 20 },
  rate_per_second: 20,
  by: "kim",
  why: "provider is back",
};
const route = defineRoutes("Ops: redrives", "operator");
const ofRedrive = [inPath("id", "The redrive's `id`.", "55de074f-d38d-4de0-a4f5-5874e909eb49")];

const decideRedrive = route("post", "/", "decideRedrive", {
  summary: "Redrive, discard or re-answer dead letters",
  requestBody: jsonBody(RedriveDecision, {
    "how many would it take": { ...order, dry_run: true },
    "five first, then 20 a second": order,
    "one that probes the provider": {
      ...order,
      canary: { count: 1, max_failed_percent: 0, alone: true },
    },
  }),
  responses: {
    200: json("What a dry run counted.", Counted),
    202: json("It has begun.", Begun, ["Location"]),
  },
});

const getRedrives = route("get", "/", "listRedrives", {
  summary: "The last redrives",
  responses: { 200: json("The redrives.", Redrives) },
});

const getRedrive = route("get", "/{id}", "getRedrive", {
  parameters: ofRedrive,
  summary: "How far a redrive is",
  responses: { 200: json("The redrive.", RedriveView) },
  problems: ["REDRIVE_NOT_FOUND"],
});

const abortRedrive = route("post", "/{id}/abort", "abortRedrive", {
  parameters: ofRedrive,
  summary: "Stop a redrive",
  description: "One that has ended stays as it is.",
  requestBody: operatorBody,
  responses: { 200: json("The redrive as it has ended.", RedriveView) },
  problems: ["REDRIVE_NOT_FOUND"],
});

export const redrives = router()
  .openapi(decideRedrive, async (c) => {
    const { dry_run, ...request } = await readBody(c, RedriveDecision);
    if (dry_run) {
      const groups = await countMatching(c.env.DB, request.filter, Date.now());
      const breakers = await openBreakersFor(c.env, request.filter);
      return c.json(answerOf(Counted, { dry_run, ...counted(groups), breakers }), 200);
    }
    const id = crypto.randomUUID();
    const groups = await createRedrive(c.env.DB, id, request, Date.now());
    // Should this not arrive, the next run of the cron starts it.
    await startRedrive(c.env, id);
    return c.json({ id, ...counted(groups) }, 202, { location: `/api/v1/ops/redrives/${id}` });
  })

  .openapi(getRedrives, async (c) => {
    const runs = await listRedrives(c.env.DB, shown);
    const progress = await progressOfAll(
      c.env.DB,
      runs.map(({ id }) => id),
    );
    return c.json({ redrives: runs.map((run) => viewOf(run, progress(run.id))) }, 200);
  })

  .openapi(getRedrive, async (c) => {
    return c.json(await viewOfOne(c.env.DB, c.req.param("id")), 200);
  })

  .openapi(abortRedrive, async (c) => {
    const { DB } = c.env;
    const id = c.req.param("id");
    const { by } = await readBody(c, Operator);
    await redriveOf(DB, id);
    await endRedrive(DB, id, "aborted", `Aborted by ${by}.`, Date.now(), by);
    return c.json(await viewOfOne(DB, id), 200);
  });

const redriveOf = async (db: D1Database, id: string): Promise<Redrive> =>
  found(await readRedrive(db, id), "REDRIVE_NOT_FOUND", `There is no redrive ${id}.`);

const viewOfOne = async (db: D1Database, id: string) =>
  viewOf(await redriveOf(db, id), await progressOf(db, id));

function viewOf({ request, ...run }: Redrive, { remaining, rest, ...progress }: RedriveProgress) {
  const left = run.status === "running" ? remaining : null;
  return answerOf(RedriveView, { ...run, ...request, progress, remaining: left, rest });
}

const counted = (groups: { fingerprint: string; dead_letters: number }[]) => ({
  dead_letters: groups.reduce((sum, { dead_letters }) => sum + dead_letters, 0),
  groups,
});
