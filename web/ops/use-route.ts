import { type Route, routeOf } from "./route.ts";
import { useEventValue } from "./use-event-value.ts";

/** The route of the current hash. */
export function useRoute(): Route {
  return routeOf(useEventValue(globalThis, "hashchange", () => location.hash));
}
