import { z } from "zod";
import { descriptionOf, evaluateRules, pageOf } from "../../alerts/alert-rules.ts";
import { listAlerts } from "../../alerts/alert-store.ts";
import { AlertView, withMessage } from "../../alerts/alert-view.ts";
import { readRuleInput } from "../../alerts/rule-input.ts";
import { countOpenJobs } from "../../cron/open-jobs.ts";
import { DeadLetterKind } from "../../dead-letters/dead-letter-kind.ts";
import { DeadLetterGroup, groupDeadLetters } from "../../dead-letters/dead-letter-list.ts";
import { countOpen } from "../../dead-letters/dead-letter-store.ts";
import { Incident, readIncidents } from "../../dead-letters/incidents.ts";
import { readRedrive, runningRedrives } from "../../dead-letters/operated-redrives.ts";
import { progressOf } from "../../dead-letters/redrive-letters.ts";
import { projectionStatuses } from "../../events/reset-projection.ts";
import { type CallPrices, costFrom, readCallPrices } from "../../metrics/call-prices.ts";
import { WorstMinute, worstMinute } from "../../metrics/errors-by-minute.ts";
import type { QueueMetrics } from "../../metrics/queue-metrics.ts";
import { phaseOf } from "../../pipeline/breaker.ts";
import { type Control, Pause } from "../../pipeline/control.ts";
import { StageName, stageNames } from "../../pipeline/stages/stage-table.ts";
import { isoTime } from "../../platform/iso.ts";
import { errorBudgets } from "../../service-levels/error-budget.ts";
import { serviceLevelNames } from "../../service-levels/service-levels.ts";
import { defineRoutes, router } from "../openapi/define-routes.ts";
import { answerOf, body, json } from "../openapi/response-bodies.ts";
import { ProjectionView } from "./projection-routes.ts";
import { RedriveView } from "./redrive-routes.ts";

const minuteMs = 60_000;

const queue = {
  name: z.string(),
  messages: z.number().nullable().describe("Null when it could not be measured."),
  oldest_age_s: z.number().nullable(),
};

const Overview = body("Overview", "What is to be known at a glance.", {
  at: isoTime,
  findings: z
    .array(
      AlertView.pick({
        rule: true,
        target: true,
        value: true,
        threshold: true,
        message: true,
        page: true,
      }),
    )
    .describe("What the rules of alerts find at this moment."),
  alerts: z.array(AlertView),
  incidents: z
    .array(Incident.extend({ since: isoTime }))
    .describe("Failures of providers, with the scans that each has stopped."),
  jobs: z
    .array(z.object({ stage: StageName, running: z.int(), retrying: z.int(), waiting: z.int() }))
    .describe("Scans at each stage that are open for longer than about 10 s."),
  causes: z
    .array(
      DeadLetterGroup.extend({
        first_seen_at: isoTime,
        last_seen_at: isoTime,
        cost_each_usd: z
          .number()
          .nullable()
          .describe("What redriving one costs at most, as far as that is known."),
      }),
    )
    .describe("Parked dead letters by cause."),
  dead_letters: z
    .array(
      z.object({
        kind: DeadLetterKind,
        source: z.string(),
        parked: z.int(),
        redriving: z.int(),
        oldest_at: isoTime.nullable(),
      }),
    )
    .describe("Open ones of each stage, and of each queue and projection that has some."),
  queues: z.array(
    z.union([
      z.object({ kind: z.enum(["stage", "dead-letters"]), stage: StageName, ...queue }),
      z.object({ kind: z.literal("other"), ...queue }),
    ]),
  ),
  control: z
    .object({
      paused: z.array(
        Pause.extend({ stage: StageName, since: isoTime, until: isoTime.nullable() }),
      ),
      breakers: z.array(
        z.object({
          provider: z.string(),
          state: z.enum(["open", "half-open"]),
          failures: z.int(),
          opened_at: isoTime,
        }),
      ),
    })
    .nullable()
    .describe("Null while it cannot be reached."),
  service_levels: z
    .array(
      z.object({
        name: z.enum(serviceLevelNames),
        title: z.string(),
        target: z.number().describe("The share of events that have to be good."),
        total: z.number().describe("Events of the last seven days."),
        bad: z.number(),
        budget_left: z
          .number()
          .nullable()
          .describe("Of the error budget: 1 at first, negative beyond it; null without events."),
      }),
    )
    .describe("What is promised, and how much of its error budget is left."),
  projections: z.array(
    ProjectionView.pick({ name: true, lag: true, dead_letters: true, updated_at: true }),
  ),
  redrives: z
    .array(
      RedriveView.pick({
        id: true,
        action: true,
        by: true,
        why: true,
        created_at: true,
        progress: true,
      }),
    )
    .describe("Those that run."),
});

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
      listAlerts(DB),
      groupDeadLetters(DB, { status: "parked" }),
      readCallPrices(DB),
      countOpen(DB),
      countOpenJobs(DB),
      projectionStatuses(DB),
      runningRedrives(DB),
    ]);
  // The cron evaluates the same rules, but looks back for longer: it misses nothing between two runs.
  const { failures: failuresInAMinute } = WorstMinute.parse(failing?.results[0]);
  const findings = evaluateRules({ ...ruleInput, failuresInAMinute });
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
    alerts: alerts.filter(({ resolved_at }) => resolved_at === null).map(withMessage),
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
