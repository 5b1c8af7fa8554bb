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
/** Of what takes milliseconds; 0.1 is the bound of the service levels. */
const hopSeconds = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];
const scanSeconds = [0.5, 1, 2.5, 5, 10, 15, 30, 60, 120, 300, 900, 3600];

/** A family without buckets. */
const family =
  <Type extends Family["type"]>(type: Type) =>
  <const Labels extends readonly string[]>(labels: Labels, help: string) => ({
    type,
    help,
    labels,
  });
const gauge = family("gauge");
const counter = family("counter");
const histogram = <const Labels extends readonly string[]>(
  labels: Labels,
  buckets: readonly number[],
  help: string,
) => ({ ...family("histogram")(labels, help), buckets });

/** Every metric. `GET /metrics`, the counters in D1 and the dashboard's test are derived from it. */
export const metricsRegistry = {
  eco2_queue_backlog_messages: gauge(["queue"], "Messages in a queue that are not acknowledged."),
  eco2_queue_oldest_message_age_seconds: gauge(
    ["queue"],
    "Age of the oldest message in a queue, 0 when it is empty.",
  ),
  eco2_dead_letters: gauge(
    ["source", "status"],
    "Dead letters that are parked or being redriven, by stage or queue.",
  ),
  eco2_open_streams: gauge([], "Event streams that are open."),
  eco2_alerts_open: gauge(["rule"], "Alerts that are firing."),
  eco2_rows_unread: counter(["store"], "Rows that did not parse and were left out, by store."),
  eco2_scan_events_uncounted: gauge(
    [],
    "Events in the log that the scan metrics do not count yet.",
  ),
  eco2_stage_attempts: counter(
    ["stage", "outcome"],
    "Deliveries and attempts of a stage, by outcome.",
  ),
  eco2_stage_failures: counter(["stage", "code"], "Failed attempts of a stage, by error code."),
  eco2_stage_retries: counter(["stage"], "Failed attempts of a stage that are retried."),
  eco2_stage_parked: counter(
    ["stage", "code"],
    "Scans that were parked at a stage, by error code.",
  ),
  eco2_stage_redriven: counter(["stage"], "Redrives of a stage."),
  eco2_stage_duration_seconds: histogram(
    ["stage"],
    attemptSeconds,
    "Duration of a stage's attempts.",
  ),
  eco2_stage_queue_wait_seconds: histogram(
    ["stage"],
    waitSeconds,
    "Time from sending a message to the start of its attempt, retry delays included.",
  ),
  eco2_stage_hop_seconds: histogram(
    ["stage"],
    hopSeconds,
    "Time from sending a stage's message to the start of its attempt, of first deliveries.",
  ),
  eco2_accept_seconds: histogram([], hopSeconds, "Time from a submit's arrival to its reply."),
  eco2_scans_requested: counter([], "Scans that were accepted."),
  eco2_scans_ended: counter(
    ["status", "model"],
    "Scans that ended, by status and requested model.",
  ),
  eco2_scans_tested: counter(
    ["status", "model"],
    "Operators' test scans that ended. No other count of scans has them.",
  ),
  eco2_scans_operated: counter(
    [],
    "Scans that ended by an operator's redrive or discard, or were given up.",
  ),
  eco2_scan_duration_seconds: histogram(
    ["status"],
    scanSeconds,
    "Time from a scan's submission to its end.",
  ),
  eco2_model_calls: counter(
    ["model", "outcome"],
    "Model calls, by outcome: answered, reused, or the error code.",
  ),
  eco2_model_tokens: counter(
    ["model", "direction"],
    "Tokens of model calls, by direction: input or output.",
  ),
  eco2_model_cost_usd: counter(
    ["model"],
    "Cost of model calls in US dollars, at the catalog's price.",
  ),
} satisfies Record<string, Family>;

type Registry = typeof metricsRegistry;
export type MetricName = keyof Registry;
export type NameOf<Type extends Family["type"]> = {
  [Name in MetricName]: Registry[Name]["type"] extends Type ? Name : never;
}[MetricName];

/** The registry as a list. */
export const metricFamilies: readonly (Family & { name: string })[] = Object.entries(
  metricsRegistry,
).map(([name, family]) => Object.assign({ name }, family));

/** The labels of a metric with their values. */
export type LabelsOf<Name extends MetricName> = Record<Registry[Name]["labels"][number], string>;
