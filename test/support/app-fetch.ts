import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { app } from "../../src/api/app.ts";

export const apiOrigin = "https://api.example.com";
export const pageOrigin = "https://app.example.com";

type Init = Omit<RequestInit, "headers"> & {
  headers?: Record<string, string>;
  cookies?: Record<string, string>;
};

/** A fetch of the app with settings of its own, at an origin of its own. */
export function appFetch(settings: Partial<Env> & { DEV_KEY?: string }, origin = apiOrigin) {
  // One object, as in an isolate: caches are keyed by it.
  const bindings = { ...env, ...settings };
  // Each request has an address of its own, so that the rate limit per address does not matter.
  const address = () =>
    bindings.AUTH_MODE === "dev" ? {} : { "cf-connecting-ip": `2001:db8::${crypto.randomUUID()}` };
  return async (path: string, { cookies, headers, ...init }: Init = {}): Promise<Response> => {
    const pairs = Object.entries(cookies ?? {}).map(([name, value]) => `${name}=${value}`);
    const sent = { ...address(), ...headers, ...(cookies && { cookie: pairs.join("; ") }) };
    const context = createExecutionContext();
    return app.request(`${origin}${path}`, { ...init, headers: sent }, bindings, context);
  };
}

/** The cookies that a response sets, by name. A deleted cookie is empty. */
export const cookiesOf = (response: Response): Record<string, string> =>
  Object.fromEntries(
    response.headers.getSetCookie().map((line) => {
      const [name = "", value = ""] = (line.split(";")[0] ?? "").split("=");
      return [name, value];
    }),
  );

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
