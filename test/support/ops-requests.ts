import { callApp } from "./worker-requests.ts";

const secret = "ops-secret";

/** Calls the operators' API with its token. */
export const opsRequest = (path: string, init: RequestInit = {}, settings: Partial<Env> = {}) =>
  callApp({ OPS_TOKEN: secret, ...settings }, `/api/v1/ops${path}`, {
    ...init,
    headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
  });

/** The same with a body of JSON. */
export const opsPost = (path: string, body: unknown, settings: Partial<Env> = {}) =>
  opsRequest(path, { method: "POST", body: JSON.stringify(body) }, settings);

/** Statuses of an address without the token, with another, and where none is set. */
export async function statusesWithoutToken(path: string, method = "GET"): Promise<number[]> {
  const tries = [
    [secret, undefined],
    [secret, "Bearer ops-secre"],
    [secret, `Basic ${secret}`],
    ["", "Bearer undefined"],
  ] as const;
  const answers = await Promise.all(
    tries.map(([OPS_TOKEN, authorization]) =>
      callApp({ OPS_TOKEN }, `/api/v1/ops${path}`, {
        method,
        ...(authorization && { headers: { authorization } }),
      }),
    ),
  );
  return answers.map(({ status }) => status);
}
