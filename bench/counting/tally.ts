import { z } from "zod";
import { type Counts, noCounts, type Operation } from "../operations.ts";

/** Whatever has methods. */
export const Host = z.custom<object>((it) => typeof it === "object" && it !== null);

let counts = noCounts();

/** Counts something that was done `times`, by what is named `by`. */
export function count(operation: Operation, by: string, times = 1): void {
  if (times === 0) return;
  const tally = counts[operation];
  tally[by] = (tally[by] ?? 0) + times;
}

export const counted = (): Counts => counts;
export const countAnew = (): void => void (counts = noCounts());

/** Lets `told` know of the arguments of each call of a method, before it. */
export function onCall<Host extends object>(
  host: Host,
  name: keyof Host & string,
  told: (args: readonly unknown[]) => void,
): void {
  around(host, name, (call, args) => {
    told(args);
    return call();
  });
}

/** Puts something around each call of a method of this object, or of all that have it for a prototype. */
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
