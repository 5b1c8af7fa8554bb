import { useLayoutEffect, useState } from "hono/jsx/dom";

const pages = {
  "/": "home",
  "/history": "history",
  "/collection": "collection",
  "/me": "me",
} as const;

export type PageName = (typeof pages)[keyof typeof pages];
export type Route = { page: PageName } | { page: "scan"; jobId: string };

const isPage = (path: string): path is keyof typeof pages => Object.hasOwn(pages, path);

/** The page of a path; an unknown one is the first page. */
export function routeOf(pathname: string): Route {
  const path = pathname.replace(/(?<=.)\/$/, "");
  const jobId = /^\/s\/([\w-]+)$/.exec(path)?.[1];
  if (jobId) return { page: "scan", jobId };
  return { page: isPage(path) ? pages[path] : "home" };
}

export const scanPath = (jobId: string): string => `/s/${jobId}`;

let navigated = false;

/** Whether the page that is shown replaces another one; the browser itself treats the first one. */
export const wasNavigated = (): boolean => navigated;

/** Shows another page of the application; `replace` leaves no entry to go back to. */
export function navigate(path: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, "", path);
  else history.pushState(null, "", path);
  dispatchEvent(new PopStateEvent("popstate"));
}

/** The current route. It changes with `navigate`, Back and Forward. */
export function useRoute(): Route {
  const [path, setPath] = useState(location.pathname);
  useLayoutEffect(() => {
    const changed = () => {
      navigated = true;
      setPath(location.pathname);
    };
    addEventListener("popstate", changed);
    return () => removeEventListener("popstate", changed);
  }, []);
  return routeOf(path);
}
