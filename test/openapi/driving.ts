import { appFetch } from "../support/app-fetch.ts";
import { exampleOf, operationNamed } from "./document.ts";

/** What an answer is asked for by: its status, and the code of a problem or what it is about. */
export type Drives = Readonly<Record<string, Readonly<Record<string, () => Promise<Response>>>>>;

export const aUser = (): string => `user-${crypto.randomUUID()}`;

export const opsToken = "ops-secret";
export const eventsToken = "events-secret";
export const tokens = { OPS_TOKEN: opsToken, EVENTS_TOKEN: eventsToken };
export const local = "http://localhost";

/** A server as `npm start` runs it, with everything open to whoever shows the tokens. */
export const server = appFetch(tokens, local);

export const asOperator = { authorization: `Bearer ${opsToken}` };
export const asReader = { authorization: `Bearer ${eventsToken}` };
export const as = (user: string) => ({ "x-user-id": user });
export const jsonType = { "content-type": "application/json" };

/** An operation's path, with its examples where nothing else is given. */
export function pathOf(id: string, given: Record<string, string> = {}): string {
  const { path, parameters } = operationNamed(id);
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const example = parameters.find((it) => it.in === "path" && it.name === name)?.example;
    return encodeURIComponent(given[name] ?? String(example));
  });
}

/** The first example of what an operation takes as JSON, as its text; undefined for none. */
export function bodyOf(id: string): string | undefined {
  const content = operationNamed(id).requestBody?.content["application/json"];
  const [example] = Object.values(content?.examples ?? {});
  return example === undefined ? undefined : JSON.stringify(exampleOf(example));
}

type Init = NonNullable<Parameters<typeof server>[1]>;

/** Calls an operation by its id. */
export const asked = (
  id: string,
  { path, query = "", ...init }: Init & { path?: Record<string, string>; query?: string } = {},
  to = server,
): Promise<Response> =>
  to(`${pathOf(id, path)}${query}`, { method: operationNamed(id).method.toUpperCase(), ...init });

/** The same as an operator, with the example of the body where none is given. */
export const operated = (id: string, init: Parameters<typeof asked>[1] = {}, to = server) => {
  const body = bodyOf(id);
  return asked(
    id,
    { ...(body !== undefined && { body }), ...init, headers: { ...asOperator, ...init.headers } },
    to,
  );
};
