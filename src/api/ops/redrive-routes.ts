import { type Context, Hono } from "hono";
import { z } from "zod";
import { audit, By } from "../../ops-audit.ts";
import {
  countMatching,
  createRedrive,
  endRedrive,
  listRedrives,
  progressOf,
  readRedrive,
  type Redrive,
  RedriveRequest,
} from "../../dead-letters/operated-redrives.ts";
import { invalid, Problem } from "../problem.ts";
import { readJson } from "../read-json.ts";
import { iso } from "../../platform/iso.ts";

type OpsContext = Context<{ Bindings: Env }>;

const shown = 100;
/** What is to become of many dead letters; a dry run only counts them. */
export const Decision = RedriveRequest.safeExtend({ dry_run: z.boolean().default(false) });
export const Abort = z.strictObject({ by: By });

/** Redrives of many dead letters at once, decided by an operator and run by the platform. */
export const redrives = new Hono<{ Bindings: Env }>()
  .post("/", async (c) => {
    const decision = Decision.safeParse(await readJson(c));
    if (!decision.success) throw invalid(decision.error);
    const { dry_run, ...request } = decision.data;
    const groups = await countMatching(c.env.DB, request.filter, Date.now());
    const count = countOf(groups);
    if (dry_run) return c.json({ dry_run, dead_letters: count, groups });
    const id = crypto.randomUUID();
    await createRedrive(c.env.DB, id, request, Date.now());
    // Should this not arrive, the next run of the cron starts it.
    await c.env.REDRIVE.getByName(id).start(id);
    return c.json({ id, dead_letters: count, groups }, 202, {
      location: `/api/v1/ops/redrives/${id}`,
    });
  })

  .get("/", async (c) => {
    const runs = await listRedrives(c.env.DB, shown);
    return c.json({ redrives: await Promise.all(runs.map((run) => withProgress(c, run))) });
  })

  .get("/:id", async (c) => c.json(await withProgress(c, await known(c, c.req.param("id")))))

  .post("/:id/abort", async (c) => {
    const abort = Abort.safeParse(await readJson(c));
    if (!abort.success) throw invalid(abort.error);
    const { id } = await known(c, c.req.param("id"));
    const { by } = abort.data;
    const aborted = await endRedrive(c.env.DB, id, "aborted", `Aborted by ${by}.`, Date.now());
    if (aborted) await audit(c.env.DB, { by, action: "redrive.abort", target: id, detail: {} });
    return c.json(await withProgress(c, await known(c, id)));
  });

async function known(c: OpsContext, id: string): Promise<Redrive> {
  const run = await readRedrive(c.env.DB, id);
  if (!run) throw new Problem("REDRIVE_NOT_FOUND", `There is no redrive ${id}.`);
  return run;
}

async function withProgress(c: OpsContext, { request, created_at, ended_at, ...run }: Redrive) {
  return {
    ...run,
    ...request,
    created_at: iso(created_at),
    ended_at: iso(ended_at),
    progress: await progressOf(c.env.DB, run.id),
    /** Dead letters that it is still to take; null once it has ended. */
    remaining:
      run.status === "running"
        ? countOf(await countMatching(c.env.DB, request.filter, created_at))
        : null,
  };
}

const countOf = (groups: readonly { dead_letters: number }[]): number =>
  groups.reduce((sum, { dead_letters }) => sum + dead_letters, 0);
