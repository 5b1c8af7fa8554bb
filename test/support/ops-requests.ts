import { callApp } from "./worker-requests.ts";

const secret = "ops-secret";

/** Requests the operators' API with its token. */
export const opsRequest = (path: string, init: RequestInit = {}, settings: Partial<Env> = {}) =>
  callApp({ OPS_TOKEN: secret, ...settings }, `/api/v1/ops${path}`, {
    ...init,
    headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
  });

/** Posts JSON to the operators' API with its token. */
export const opsPost = (path: string, body: unknown, settings: Partial<Env> = {}) =>
  opsRequest(path, { method: "POST", body: JSON.stringify(body) }, settings);

/** The statuses of a path for requests with another token, no token, and no token configured. */
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
