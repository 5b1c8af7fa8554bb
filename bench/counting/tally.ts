import { z } from "zod";
import { type Counts, noCounts, type Operation } from "../operations.ts";

/** Whatever has methods. */
export const Host = z.custom<object>((it) => typeof it === "object" && it !== null);

let counts = noCounts();

/** Adds `times` to the count of an operation, under the name of what did it. */
export function count(operation: Operation, by: string, times = 1): void {
  if (times === 0) return;
  const tally = counts[operation];
  tally[by] = (tally[by] ?? 0) + times;
}

export const counted = (): Counts => counts;
export const resetCounts = (): void => void (counts = noCounts());

/** Calls `before` with the arguments of each call of a method, before the call. */
export function onCall<Host extends object>(
  host: Host,
  name: keyof Host & string,
  before: (args: readonly unknown[]) => void,
): void {
  around(host, name, (call, args) => {
    before(args);
    return call();
  });
}

/** Wraps each call of a method of this object, or of all that have it for a prototype. */
export function around(
  host: object,
  name: string,
  instead: (call: () => unknown, args: readonly unknown[], self: unknown) => unknown,
): void {
  const method: unknown = Reflect.get(host, name);
  if (typeof method !== "function") throw new TypeError(`There is no method ${name}`);
  Object.defineProperty(host, name, {
    configurable: true,
    value(this: unknown, ...args: unknown[]): unknown {
      return instead(() => Reflect.apply(method, this, args), args, this);
    },
  });
}
