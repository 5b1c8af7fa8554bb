/** A metric family of OpenMetrics. The samples of a counter end in `_total`. */
interface Family {
  type: "gauge" | "counter" | "histogram";
  help: string;
  labels: readonly string[];
  /** Upper bounds of a histogram's buckets, in seconds. */
  buckets?: readonly number[];
}

/** Up to the deadline of the slowest stage. */
const attemptSeconds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60];
const waitSeconds = [0.05, 0.1, 0.5, 1, 5, 15, 60, 180, 600, 3600];
const scanSeconds = [0.5, 1, 2.5, 5, 10, 15, 30, 60, 120, 300, 900, 3600];

/** Every metric. `GET /metrics`, the counters in D1 and the dashboard's test are derived from it. */
export const metricsRegistry = {
  eco2_queue_backlog_messages: {
    type: "gauge",
    help: "Messages in a queue that are not acknowledged.",
    labels: ["queue"],
  },
  eco2_queue_oldest_message_age_seconds: {
    type: "gauge",
    help: "Age of the oldest message in a queue, 0 when it is empty.",
    labels: ["queue"],
  },
  eco2_dead_letters: {
    type: "gauge",
    help: "Dead letters that are parked or being redriven, by stage or queue.",
    labels: ["source", "status"],
  },
  eco2_open_streams: {
    type: "gauge",
    help: "Event streams that are open.",
    labels: [],
  },
  eco2_alerts_open: {
    type: "gauge",
    help: "Alerts that are firing.",
    labels: ["rule"],
  },
  eco2_scan_events_uncounted: {
    type: "gauge",
    help: "Events in the log that the scan metrics do not count yet.",
    labels: [],
  },
  eco2_stage_attempts: {
    type: "counter",
    help: "Deliveries and attempts of a stage, by outcome.",
    labels: ["stage", "outcome"],
  },
  eco2_stage_failures: {
    type: "counter",
    help: "Failed attempts of a stage, by error code.",
    labels: ["stage", "code"],
  },
  eco2_stage_retries: {
    type: "counter",
    help: "Failed attempts of a stage that are retried.",
    labels: ["stage"],
  },
  eco2_stage_parked: {
    type: "counter",
    help: "Scans that were parked at a stage, by error code.",
    labels: ["stage", "code"],
  },
  eco2_stage_redriven: {
    type: "counter",
    help: "Redrives of a stage.",
    labels: ["stage"],
  },
  eco2_stage_duration_seconds: {
    type: "histogram",
    help: "Duration of a stage's attempts.",
    labels: ["stage"],
    buckets: attemptSeconds,
  },
  eco2_stage_queue_wait_seconds: {
    type: "histogram",
    help: "Time from sending a message to the start of its attempt, retry delays included.",
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
    help: "Scans that ended, by status and requested model.",
    labels: ["status", "model"],
  },
  eco2_scan_duration_seconds: {
    type: "histogram",
    help: "Time from a scan's submission to its end.",
    labels: ["status"],
    buckets: scanSeconds,
  },
  eco2_model_calls: {
    type: "counter",
    help: "Model calls, by outcome: answered, reused, or the error code.",
    labels: ["model", "outcome"],
  },
  eco2_model_tokens: {
    type: "counter",
    help: "Tokens of model calls, by direction: input or output.",
    labels: ["model", "direction"],
  },
  eco2_model_cost_usd: {
    type: "counter",
    help: "Cost of model calls in US dollars, at the catalog's price.",
    labels: ["model"],
  },
} as const satisfies Record<string, Family>;

type Registry = typeof metricsRegistry;
export type MetricName = keyof Registry;
type NameOf<Type> = {
  [Name in MetricName]: Registry[Name]["type"] extends Type ? Name : never;
}[MetricName];
export type CounterName = NameOf<"counter">;
export type HistogramName = NameOf<"histogram">;
export type GaugeName = NameOf<"gauge">;

/** The registry as a list. */
export const metricFamilies: readonly (Family & { name: string })[] = Object.entries(
  metricsRegistry,
).map(([name, family]) => Object.assign({ name }, family));

/** The labels of a metric with their values. */
export type LabelsOf<Name extends MetricName> = Record<Registry[Name]["labels"][number], string>;
