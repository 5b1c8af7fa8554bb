/**
 * Runs with a signal that aborts after `ms`, and stops waiting for a run that ignores it for another
 * `graceMs`. Rejects with a `TimeoutError` then; within the grace with the run's own error, which may hold
 * what it has cost.
 */
export async function withTimeout<Result>(
  ms: number,
  run: (signal: AbortSignal) => Promise<Result>,
  graceMs = 0,
): Promise<Result> {
  const controller = new AbortController();
  const { promise: expired, reject } = Promise.withResolvers<never>();
  let timer = setTimeout(() => {
    const error = new DOMException(`Exceeded ${ms} ms`, "TimeoutError");
    controller.abort(error);
    if (graceMs === 0) reject(error);
    else timer = setTimeout(reject, graceMs, error);
  }, ms);
  try {
    return await Promise.race([run(controller.signal), expired]);
  } finally {
    clearTimeout(timer);
  }
}
