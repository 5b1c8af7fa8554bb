/**
 * Erlang's C formula: how likely somebody who comes to `servers` waits, when they are offered `load` of
 * work (arrivals a second times seconds of work each).
 */
export function erlangC(servers: number, load: number): number {
  // The chance that all are busy when nobody waits (Erlang's B), by its recursion.
  let blocked = 1;
  for (let count = 1; count <= servers; count++)
    blocked = (load * blocked) / (count + load * blocked);
  return blocked / (1 - (load / servers) * (1 - blocked));
}

/** How long they wait on average, in units of the work's mean. */
export const erlangWait = (servers: number, load: number): number =>
  erlangC(servers, load) / (servers - load);
