import { env } from "cloudflare:workers";
import { app } from "../../src/api/app.ts";

export const apiOrigin = "https://api.example.com";
export const pageOrigin = "https://app.example.com";

type Init = Omit<RequestInit, "headers"> & {
  headers?: Record<string, string>;
  cookies?: Record<string, string>;
};

/** A deployment with settings of its own, at an address of its own. */
export function appFetch(settings: Partial<Env>, origin = apiOrigin) {
  // One object, as an isolate has: what is held is held by it.
  const its = { ...env, ...settings };
  // Each request from somewhere else: what one address may send is not what is asked about.
  const address = () =>
    its.AUTH_MODE === "dev" ? {} : { "cf-connecting-ip": `2001:db8::${crypto.randomUUID()}` };
  return async (path: string, { cookies, headers, ...init }: Init = {}): Promise<Response> => {
    const pairs = Object.entries(cookies ?? {}).map(([name, value]) => `${name}=${value}`);
    const sent = { ...address(), ...headers, ...(cookies && { cookie: pairs.join("; ") }) };
    return app.request(`${origin}${path}`, { ...init, headers: sent }, its);
  };
}

/** The cookies that an answer sets, by name; an empty one is taken away. */
export const cookiesOf = (response: Response): Record<string, string> =>
  Object.fromEntries(
    response.headers.getSetCookie().map((line) => {
      const [name = "", value = ""] = (line.split(";")[0] ?? "").split("=");
      return [name, value];
    }),
  );

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
