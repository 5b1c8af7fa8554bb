import { z } from "zod";
import { AlertView } from "../../alerts/alert-view.ts";
import { DeadLetterKind } from "../../dead-letters/dead-letter-kind.ts";
import { DeadLetterGroup } from "../../dead-letters/dead-letter-list.ts";
import { Incident } from "../../dead-letters/incidents.ts";
import { Pause } from "../../pipeline/control.ts";
import { StageName } from "../../pipeline/stages/stage-table.ts";
import { isoTime } from "../../platform/iso.ts";
import { serviceLevelNames } from "../../service-levels/service-levels.ts";
import { body } from "../openapi/response-bodies.ts";
import { ProjectionView } from "./projection-routes.ts";
import { RedriveView } from "./redrive-routes.ts";

const queue = {
  name: z.string(),
  messages: z.number().nullable().describe("Null when it could not be measured."),
  oldest_age_s: z.number().nullable(),
};

/** What an operator sees first. Times are ISO 8601. */
export const Overview = body("Overview", "What is to be known at a glance.", {
  at: isoTime,
  findings: z
    .array(
      AlertView.pick({
        rule: true,
        target: true,
        value: true,
        threshold: true,
        message: true,
        cause: true,
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
