/** Runs something in one tab of this browser at a time: in the others, it waits until then. */
export function inOneTab<Value>(name: string, run: () => Promise<Value>): Promise<Value> {
  // Only over TLS, or on this machine.
  const hasLocks: boolean = "locks" in navigator;
  return hasLocks ? navigator.locks.request(name, run) : run();
}
