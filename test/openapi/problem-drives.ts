import { env } from "cloudflare:workers";
import { secret, goodClaims, signToken } from "../support/sign-token.ts";
import { appFetch } from "../support/app-fetch.ts";
import { crashingEnv } from "../support/crashing-env.ts";
import { documented, problemsOf } from "./document.ts";
import {
  as,
  asked,
  asOperator,
  asReader,
  aUser,
  bodyOf,
  type Drives,
  jsonType,
} from "./driving.ts";

type Operation = (typeof documented)[number];
type Refusal = (operation: Operation) => Promise<Response>;

const accepts = ({ security }: Operation, scheme: string) => security.some((way) => scheme in way);

/** The headers of a caller who is let in. */
export function credentialsFor(operation: Operation): Record<string, string> {
  if (accepts(operation, "opsToken")) return asOperator;
  if (accepts(operation, "eventsToken")) return asReader;
  return accepts(operation, "userId") ? as(aUser()) : {};
}

/** Whether it needs no credentials where users can be authenticated at all. */
const isOpen = (operation: Operation) => Object.keys(credentialsFor(operation)).length === 0;

const closed = appFetch({ AUTH_MODE: "" });
const crowded = appFetch({
  AUTH_MODE: "gateway",
  RATE_LIMIT_PER_ADDRESS: { limit: () => Promise.resolve({ success: false }) },
});
const withoutDatabase = appFetch({
  AUTH_MODE: "jwt",
  AUTH_JWT_SECRET: secret,
  DB: crashingEnv(env, 0, "before").DB,
});

/** A value for each part of a path that names nothing. */
const unknown = () => ({
  id: crypto.randomUUID(),
  key: "none",
  code: "nobody",
  name: "none",
  stage: "sniff",
  provider: "nobody",
  type: "scan.lost",
  version: "0",
  value: crypto.randomUUID(),
});
/** A value that no query takes. */
const badQuery = "?limit=x&after=x&hours=x&before=x&status=x&q=";

/** Whose scan is meant, where the path does not name it. */
const jobIn = ({ operationId }: Operation) =>
  operationId === "streamScanByQuery" ? `job_id=${crypto.randomUUID()}` : "";

const sending = (operation: Operation, body: string | undefined) => ({
  headers: {
    ...credentialsFor(operation),
    ...(operation.operationId === "watchScan" && { upgrade: "websocket" }),
    ...(body !== undefined && jsonType),
  },
  ...(body !== undefined && { body }),
});

const notThere: Refusal = (operation) =>
  asked(operation.operationId, {
    ...sending(operation, bodyOf(operation.operationId)),
    path: unknown(),
    query: `?${jobIn(operation)}`,
  });

/** How every operation that documents a problem is brought to it, where that is the same for all. */
const refusals: Record<string, Refusal> = {
  UNAUTHORIZED: (operation) =>
    isOpen(operation) ? asked(operation.operationId, {}, closed) : asked(operation.operationId),
  RATE_LIMITED: (operation) => asked(operation.operationId, {}, crowded),
  async AUTH_UNAVAILABLE(operation) {
    const { sub, ...claims } = goodClaims();
    const signed = (type: string) => signToken({ ...claims, sub, type, jti: crypto.randomUUID() });
    const cookies = { s_access: await signed("access"), s_refresh: await signed("refresh") };
    const headers = { origin: "https://api.example.com" };
    return asked(operation.operationId, { cookies, headers }, withoutDatabase);
  },
  PAYLOAD_TOO_LARGE: (operation) =>
    asked(operation.operationId, sending(operation, "x".repeat(3 * 1024 * 1024))),
  MALFORMED_JSON: (operation) => asked(operation.operationId, sending(operation, "{")),
  VALIDATION_ERROR(operation) {
    const takesBody = bodyOf(operation.operationId) !== undefined;
    const query = takesBody ? "" : `${badQuery}&${jobIn(operation)}`;
    return asked(operation.operationId, {
      ...sending(operation, takesBody ? "[]" : undefined),
      query,
    });
  },
  RESULT_NOT_FOUND: notThere,
  REGULATION_NOT_FOUND: notThere,
  DELIVERY_NOT_FOUND: notThere,
  REDRIVE_NOT_FOUND: notThere,
  PROJECTION_NOT_FOUND: notThere,
  REVOCATION_NOT_FOUND: notThere,
  SCHEMA_NOT_FOUND: notThere,
  IMAGE_NOT_FOUND: notThere,
  NOT_FOUND: notThere,
};

/** Where another thing is looked at first. */
const notSo = new Set([
  "putPhoto PAYLOAD_TOO_LARGE",
  "putPhoto VALIDATION_ERROR",
  "beginGuestSession AUTH_UNAVAILABLE",
  "mergeGuest AUTH_UNAVAILABLE",
]);

/** Every refusal that needs nothing to be there. */
export const refused: Drives = Object.fromEntries(
  documented.map((operation) => [
    operation.operationId,
    Object.fromEntries(
      problemsOf(operation.operationId).flatMap((code) => {
        const refusal = refusals[code];
        if (!refusal || notSo.has(`${operation.operationId} ${code}`)) return [];
        return [[code, () => refusal(operation)] as const];
      }),
    ),
  ]),
);
