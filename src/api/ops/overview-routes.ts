import type { z } from "zod";
import { descriptionOf, evaluateRules, pageOf } from "../../alerts/alert-rules.ts";
import { listOpenAlerts } from "../../alerts/alert-store.ts";
import { withMessage } from "../../alerts/alert-view.ts";
import { readRuleInput } from "../../alerts/rule-input.ts";
import { countOpenJobs } from "../../cron/open-jobs.ts";
import { type DeadLetterGroup, groupDeadLetters } from "../../dead-letters/dead-letter-list.ts";
import { countOpen } from "../../dead-letters/dead-letter-store.ts";
import { readIncidents } from "../../dead-letters/incidents.ts";
import { readRedrive, runningRedrives } from "../../dead-letters/operated-redrives.ts";
import { progressOf } from "../../dead-letters/redrive-letters.ts";
import { projectionStatuses } from "../../events/reset-projection.ts";
import { type CallPrices, costFrom, readCallPrices } from "../../metrics/call-prices.ts";
import { WorstMinute, worstMinute } from "../../metrics/errors-by-minute.ts";
import type { QueueMetrics } from "../../metrics/queue-metrics.ts";
import { phaseOf } from "../../pipeline/breaker.ts";
import type { Control } from "../../pipeline/control.ts";
import { StageName, stageNames } from "../../pipeline/stages/stage-table.ts";
import { errorBudgets } from "../../service-levels/error-budget.ts";
import { defineRoutes, router } from "../openapi/define-routes.ts";
import { answerOf, json } from "../openapi/response-bodies.ts";
import { Overview } from "./overview-view.ts";

const minuteMs = 60_000;

const route = defineRoutes("Ops: overview", "operator");

const getOverview = route("get", "/", "getOverview", {
  summary: "What is wrong, waits, is paused and runs",
  responses: { 200: json("The overview.", Overview) },
});

/** What is to be known at a glance, in one answer: a page asks for it every few seconds. */
export const overview = router().openapi(getOverview, async (c) => {
  const { DB } = c.env;
  const now = Date.now();
  const [ruleInput, [failing], alerts, causes, prices, open, jobs, projections, running] =
    await Promise.all([
      readRuleInput(c.env, now),
      DB.batch([worstMinute(DB, now - minuteMs)]),
      listOpenAlerts(DB),
      groupDeadLetters(DB, { status: "parked" }),
      readCallPrices(DB),
      countOpen(DB),
      countOpenJobs(DB),
      projectionStatuses(DB),
      runningRedrives(DB),
    ]);
  // The cron evaluates the same rules, but looks back for longer: it misses nothing between two runs.
  const findings = evaluateRules({
    ...ruleInput,
    worstMinute: WorstMinute.parse(failing?.results[0]),
  });
  const { control } = ruleInput;
  const redrives = await Promise.all(running.map((id) => redriveOf(DB, id)));
  const answer = answerOf(Overview, {
    at: now,
    findings: findings.flatMap(({ value, ...finding }) =>
      value !== null && value > finding.threshold
        ? [
            {
              ...finding,
              value,
              cause: finding.cause ?? null,
              message: descriptionOf(finding.rule),
              page: pageOf(finding.rule, finding.target),
            },
          ]
        : [],
    ),
    incidents: await readIncidents(DB, control, now),
    jobs: stageNames.map(
      (stage) =>
        jobs.find((it) => it.stage === stage) ?? { stage, running: 0, retrying: 0, waiting: 0 },
    ),
    alerts: alerts.map(withMessage),
    causes: causes.map((it) => Object.assign(it, { cost_each_usd: costOf(it, prices) })),
    dead_letters: [...openOfStages(open), ...open.filter(({ kind }) => kind !== "stage")].map(
      (it) => Object.assign(it, { oldest_at: it.oldest }),
    ),
    queues: ruleInput.queues.map(queueView),
    control: control && controlView(control, now),
    service_levels: errorBudgets(ruleInput.counts),
    projections,
    redrives: redrives.filter((it) => it !== null),
  });
  return c.json(answer, 200);
});

type Cause = z.infer<typeof DeadLetterGroup>;

/** What it costs at most to redrive one dead letter of a cause, US dollars; null when not known. */
function costOf({ source, model }: Cause, prices: CallPrices): number | null {
  const stage = StageName.safeParse(source);
  return stage.success && model !== null ? costFrom(stage.data, model, prices) : null;
}

const queueView = ({ backlog, ...queue }: QueueMetrics) => ({
  ...queue,
  messages: backlog && backlog.messages,
  oldest_age_s: backlog && Math.round(backlog.oldestAgeSeconds),
});

type Open = Awaited<ReturnType<typeof countOpen>>;

const openOfStages = (open: Open) =>
  stageNames.map((source) => {
    const none = { kind: "stage" as const, source, parked: 0, redriving: 0, oldest: null };
    return open.find((it) => it.kind === "stage" && it.source === source) ?? none;
  });

const controlView = (control: Control, now: number) => ({
  paused: stageNames.flatMap((stage) => {
    const pause = control.paused[stage];
    return pause ? [{ stage, ...pause }] : [];
  }),
  breakers: Object.entries(control.breakers).flatMap(([provider, breaker]) => {
    const state = phaseOf(breaker, now);
    const { failures, openedAt } = breaker;
    return state === "closed" || openedAt === null
      ? []
      : [{ provider, state, failures, opened_at: openedAt }];
  }),
});

async function redriveOf(db: D1Database, id: string) {
  const [run, progress] = await Promise.all([readRedrive(db, id), progressOf(db, id)]);
  return run && { ...run, ...run.request, progress };
}
