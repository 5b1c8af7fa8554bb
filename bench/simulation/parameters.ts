/** Cloudflare's limits and what was measured or assumed. Times are seconds. docs/scale.md says from where. */
export const parameters = {
  /** Queues: batches of one queue that are out at once, and messages it takes in a second. */
  consumers: 250,
  messagesPerSecond: 5_000,
  /** How long a message is on its way to a consumer that is free. Assumed. */
  hop: { p50: 0.05, p99: 0.5 },
  /** From the client to the accepted scan: a new object, and its user's. Assumed. */
  accept: { p50: 0.08, p99: 0.6 },
  /** A call of an object that writes: claim, complete. Assumed. */
  objectCall: { p50: 0.01, p99: 0.1 },
  /** Until a model's answer is complete, and until its headers are there. Assumed. */
  model: { p50: 2, p99: 12 },
  headers: { p50: 0.3, p99: 1.5 },
  /** Connections of one invocation that may wait for headers. */
  connections: 6,
  /** Batches that run in one isolate at the same time. Assumed. */
  batchesPerIsolate: 10,
  /** An isolate writes its metrics, and asks for the control, no more often; and waits no longer. */
  metricsEvery: 1,
  controlEvery: 2,
  patience: 2,
  /** Requests a second of an object that writes nothing. */
  controlCall: 0.001,
  /** Of D1's one writer, measured on SQLite: a batch, and each scan or save in it. */
  appendEvents: { batch: 0.001, each: 0.000_2 },
  readEvents: { batch: 0.003, each: 0.000_2 },
  saveGrants: { batch: 0.000_5, each: 0.000_04 },
  writeMetrics: 0.001,
  /** Of the scans, those whose character is new to their user. Assumed. */
  newCharacter: 0.3,
  /** A message that a queue refuses is sent again by the object's watchdog. */
  watchdog: 30,
} as const;
export type Parameters = typeof parameters;
