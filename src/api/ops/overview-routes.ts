import { Hono } from "hono";
import { alertView } from "../../alerts/alert-view.ts";
import { descriptionOf, evaluateRules } from "../../alerts/alert-rules.ts";
import { readRuleInput } from "../../alerts/rule-input.ts";
import { listAlerts } from "../../alerts/alert-store.ts";
import { projectionStatuses } from "../../events/reset-projection.ts";
import { type CallPrices, costFrom, readCallPrices } from "../../metrics/call-prices.ts";
import { WorstMinute, worstMinute } from "../../metrics/failures-by-minute.ts";
import type { QueueMetrics } from "../../metrics/queue-metrics.ts";
import { countOpen } from "../../dead-letters/dead-letter-store.ts";
import { groupDeadLetters } from "../../dead-letters/dead-letter-list.ts";
import { progressOf, readRedrive, runningRedrives } from "../../dead-letters/operated-redrives.ts";
import { phaseOf } from "../../pipeline/breaker.ts";
import { StageName, stageNames } from "../../pipeline/stages/stage-table.ts";
import { tryControl } from "../../control-client.ts";
import { iso } from "../../platform/iso.ts";

const minuteMs = 60_000;

/** What is to be known at a glance, in one answer: a page asks for it every few seconds. */
export const overview = new Hono<{ Bindings: Env }>().get("/", async (c) => {
  const { DB } = c.env;
  const now = Date.now();
  const [ruleInput, [failing], alerts, causes, prices, open, control, readers, running] =
    await Promise.all([
      readRuleInput(c.env, now),
      DB.batch([worstMinute(DB, now - minuteMs)]),
      listAlerts(DB),
      groupDeadLetters(DB, { status: "parked" }),
      readCallPrices(DB),
      countOpen(DB),
      tryControl(c.env, (object) => object.snapshot()),
      projectionStatuses(DB),
      runningRedrives(DB),
    ]);
  return c.json({
    at: iso(now),
    /**
     * What the rules of alerts find at this moment. The cron opens and resolves alerts by the same, but
     * looks back for longer, so as to miss nothing between two runs.
     */
    findings: evaluateRules({
      ...ruleInput,
      failuresInAMinute: WorstMinute.parse(failing?.results[0]).failures,
    }).flatMap(({ value, ...finding }) =>
      value !== null && value > finding.threshold
        ? [{ ...finding, value, message: descriptionOf(finding.rule) }]
        : [],
    ),
    alerts: alerts.filter(({ resolved_at }) => resolved_at === null).map(alertView),
    causes: causes.map((cause) => causeView(cause, prices)),
    /** Each stage, and each queue and projection that has open ones. */
    dead_letters: [...openOfStages(open), ...open.filter(({ kind }) => kind !== "stage")].map(
      ({ kind, source, parked, redriving, oldest }) => ({
        kind,
        source,
        parked,
        redriving,
        oldest_at: iso(oldest),
      }),
    ),
    queues: ruleInput.queues.map(queueView),
    /** Null while the control object cannot be reached. */
    control: control && {
      paused: stageNames.flatMap((stage) => {
        const pause = control.paused[stage];
        if (!pause) return [];
        const { by, reason, since, until } = pause;
        return [{ stage, by, reason, since: iso(since), until: until && iso(until) }];
      }),
      breakers: Object.entries(control.breakers).flatMap(([provider, breaker]) => {
        const state = phaseOf(breaker, now);
        const { failures, openedAt } = breaker;
        return state === "closed" || openedAt === null
          ? []
          : [{ provider, state, failures, opened_at: iso(openedAt) }];
      }),
    },
    projections: readers.map(({ updated_at, name, lag, dead_letters }) => ({
      name,
      lag,
      dead_letters,
      updated_at: updated_at === 0 ? null : iso(updated_at),
    })),
    redrives: (await Promise.all(running.map((id) => runView(DB, id)))).filter((it) => it !== null),
  });
});

type Cause = Awaited<ReturnType<typeof groupDeadLetters>>[number];

const causeView = ({ first_seen_at, last_seen_at, ...cause }: Cause, prices: CallPrices) => ({
  ...cause,
  first_seen_at: iso(first_seen_at),
  last_seen_at: iso(last_seen_at),
  /** What one of them is expected to cost at most when it is redriven, US dollars; null: not known. */
  cost_each_usd: costOf(cause, prices),
});

function costOf(
  { source, model }: Pick<Cause, "source" | "model">,
  prices: CallPrices,
): number | null {
  const known = StageName.safeParse(source);
  return known.success && model !== null ? costFrom(known.data, model, prices) : null;
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

async function runView(db: D1Database, id: string) {
  const [run, progress] = await Promise.all([readRedrive(db, id), progressOf(db, id)]);
  if (!run) return null;
  const { action, by, why } = run.request;
  return { id, action, by, why, created_at: iso(run.created_at), progress };
}
