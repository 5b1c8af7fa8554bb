/**
 * Runs with a signal that aborts after `ms`, and stops waiting for a run that ignores it.
 * Rejects with a `TimeoutError` then.
 */
export async function withTimeout<Result>(
  ms: number,
  run: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const { promise: expired, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const error = new DOMException(`Exceeded ${ms} ms`, "TimeoutError");
    controller.abort(error);
    reject(error);
  }, ms);
  try {
    return await Promise.race([run(controller.signal), expired]);
  } finally {
    clearTimeout(timer);
  }
}
