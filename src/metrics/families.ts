import { z } from "zod";

/** What is measured, as OpenMetrics has it: a counter's samples end in `_total`. */
interface Family {
  type: "gauge" | "counter" | "histogram";
  help: string;
  labels: readonly string[];
  /** Upper bounds of a histogram's buckets, s. */
  buckets?: readonly number[];
}

/** From a queue's hop to the deadline of the slowest stage, and a retry or two beyond it. */
const attemptSeconds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60];
const waitSeconds = [0.05, 0.1, 0.5, 1, 5, 15, 60, 180, 600, 3600];
const scanSeconds = [0.5, 1, 2.5, 5, 10, 15, 30, 60, 120, 300, 900, 3600];

/** Every metric there is. `GET /metrics`, the counters in D1 and the dashboard's test go by it. */
export const families = {
  eco2_queue_backlog_messages: {
    type: "gauge",
    help: "Messages that wait in a queue or run.",
    labels: ["queue"],
  },
  eco2_queue_oldest_message_age_seconds: {
    type: "gauge",
    help: "Age of a queue's oldest message, 0 when it is empty.",
    labels: ["queue"],
  },
  eco2_dead_letters: {
    type: "gauge",
    help: "Dead letters that are not settled, by the stage or queue that they are of.",
    labels: ["source", "status"],
  },
  eco2_open_streams: {
    type: "gauge",
    help: "Event streams that clients hold open.",
    labels: [],
  },
  eco2_alerts_open: {
    type: "gauge",
    help: "Alerts that are not resolved.",
    labels: ["rule"],
  },
  eco2_scan_events_uncounted: {
    type: "gauge",
    help: "Events of the log that the scan metrics have not counted yet.",
    labels: [],
  },
  eco2_stage_attempts: {
    type: "counter",
    help: "Deliveries and attempts of a stage, by what came of them.",
    labels: ["stage", "outcome"],
  },
  eco2_stage_failures: {
    type: "counter",
    help: "Attempts of a stage that failed, by the code of the failure.",
    labels: ["stage", "code"],
  },
  eco2_stage_retries: {
    type: "counter",
    help: "Failed attempts of a stage that are tried again.",
    labels: ["stage"],
  },
  eco2_stage_parked: {
    type: "counter",
    help: "Scans that were parked at a stage, by the code of the failure.",
    labels: ["stage", "code"],
  },
  eco2_stage_redriven: {
    type: "counter",
    help: "Redrives of a stage that were decided.",
    labels: ["stage"],
  },
  eco2_stage_duration_seconds: {
    type: "histogram",
    help: "How long an attempt of a stage ran.",
    labels: ["stage"],
    buckets: attemptSeconds,
  },
  eco2_stage_queue_wait_seconds: {
    type: "histogram",
    help: "How long a message was in its queue before its attempt began, retry waits included.",
    labels: ["stage"],
    buckets: waitSeconds,
  },
  eco2_scans_requested: {
    type: "counter",
    help: "Scans that were accepted.",
    labels: [],
  },
  eco2_scans_ended: {
    type: "counter",
    help: "Scans that have ended, by how and by the model that was asked for.",
    labels: ["status", "model"],
  },
  eco2_scan_duration_seconds: {
    type: "histogram",
    help: "From a scan's submission to its end.",
    labels: ["status"],
    buckets: scanSeconds,
  },
  eco2_model_calls: {
    type: "counter",
    help: "Model calls, by what came of them: answered, reused, or the code of the failure.",
    labels: ["model", "outcome"],
  },
  eco2_model_tokens: {
    type: "counter",
    help: "Tokens that models were given and gave.",
    labels: ["model", "direction"],
  },
  eco2_model_cost_usd: {
    type: "counter",
    help: "US dollars that model calls have cost, at the catalog's price.",
    labels: ["model"],
  },
} as const satisfies Record<string, Family>;

type Families = typeof families;
export type FamilyName = keyof Families;
type NameOf<Type> = {
  [Name in FamilyName]: Families[Name]["type"] extends Type ? Name : never;
}[FamilyName];
export type CounterName = NameOf<"counter">;
export type HistogramName = NameOf<"histogram">;
export type GaugeName = NameOf<"gauge">;

/** The table as a list. */
export const familyList: readonly (Family & { name: string })[] = Object.entries(families).map(
  ([name, family]) => Object.assign({ name }, family),
);

/** Each label of a metric with its value, in the table's order. */
export type LabelsOf<Name extends FamilyName> = Record<Families[Name]["labels"][number], string>;

/** Something to be added to one series. */
export type Sum = readonly [name: string, labels: string, value: number];

/** The labels of a stored series. */
export const Labels = z
  .string()
  .transform((text): unknown => JSON.parse(text))
  .pipe(z.record(z.string(), z.string()));
export type Labels = z.infer<typeof Labels>;

/** Adds to a counter. */
export const added = <Name extends CounterName>(
  name: Name,
  labels: LabelsOf<Name>,
  value = 1,
): Sum => [name, JSON.stringify(inOrder(name, labels)), value];

/**
 * Adds a measured time to a histogram: to its sum, and to the one bucket that it falls into, so that an
 * observation is two rows. Buckets are made cumulative when they are shown.
 */
export function observed<Name extends HistogramName>(
  name: Name,
  labels: LabelsOf<Name>,
  ms: number,
): Sum[] {
  // Clocks of two machines may disagree by a little.
  const seconds = Math.max(0, ms / 1000);
  const le = families[name].buckets.find((bound) => seconds <= bound);
  const own = inOrder(name, labels);
  const bucket = { ...own, le: le === undefined ? "+Inf" : canonical(le) };
  return [
    [`${name}_bucket`, JSON.stringify(bucket), 1],
    [`${name}_sum`, JSON.stringify(own), seconds],
  ];
}

/** A bound as OpenMetrics writes it: 1 is 1.0. */
export const canonical = (bound: number): string =>
  Number.isInteger(bound) ? `${bound}.0` : String(bound);

/** The same labels are the same text, whatever order they were given in. */
const inOrder = (name: FamilyName, labels: Readonly<Record<string, string>>): Labels =>
  Object.fromEntries(families[name].labels.map((it) => [it, labels[it] ?? ""]));
