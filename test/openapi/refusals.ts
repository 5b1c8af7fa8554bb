import { env } from "cloudflare:workers";
import { type Access, accesses } from "../../openapi/access.ts";
import { operations } from "../../openapi/document.ts";
import { secret, goodClaims, signToken } from "../support/sign-token.ts";
import { appFetch } from "../support/app-fetch.ts";
import { crashingEnv } from "../support/crashing-env.ts";
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

type Operation = (typeof operations)[number];
type Refusal = (operation: Operation) => Promise<Response>;

/** Who is let in to routes of a kind. */
const shown: Record<Access, () => Record<string, string>> = {
  probe: () => ({}),
  anybody: () => ({}),
  login: () => ({}),
  session: () => ({}),
  logout: () => ({}),
  upload: () => ({}),
  user: () => as(aUser()),
  stream: () => as(aUser()),
  photo: () => as(aUser()),
  operator: () => asOperator,
  scraper: () => asOperator,
  reader: () => asReader,
};

const isOpen = (access: Access) => ["login", "session", "logout", "upload"].includes(access);

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
  value: crypto.randomUUID(),
});
/** A value that no query takes. */
const badQuery = "?limit=x&after=x&hours=x&before=x&status=x&q=";

/** Whose scan is meant, where the path does not say so. */
const jobIn = ({ id }: Operation) =>
  id === "streamScanByQuery" ? `job_id=${crypto.randomUUID()}` : "";

const sending = (operation: Operation, body: string | undefined) => ({
  headers: {
    ...shown[operation.access](),
    ...(operation.id === "watchScan" && { upgrade: "websocket" }),
    ...(body !== undefined && jsonType),
  },
  ...(body !== undefined && { body }),
});

const notThere: Refusal = (operation) =>
  asked(operation.id, {
    ...sending(operation, bodyOf(operation.id)),
    path: unknown(),
    query: `?${jobIn(operation)}`,
  });

/** How every operation that tells of a problem is brought to it, where that is the same for all. */
const refusals: Record<string, Refusal> = {
  UNAUTHORIZED: (operation) =>
    isOpen(operation.access) ? asked(operation.id, {}, closed) : asked(operation.id),
  RATE_LIMITED: (operation) => asked(operation.id, {}, crowded),
  async AUTH_UNAVAILABLE(operation) {
    const { sub, ...claims } = goodClaims();
    const signed = (type: string) => signToken({ ...claims, sub, type, jti: crypto.randomUUID() });
    const cookies = { s_access: await signed("access"), s_refresh: await signed("refresh") };
    const headers = { origin: "https://api.example.com" };
    return asked(operation.id, { cookies, headers }, withoutDatabase);
  },
  MALFORMED_JSON: (operation) => asked(operation.id, sending(operation, "{")),
  VALIDATION_ERROR(operation) {
    const takesBody = bodyOf(operation.id) !== undefined;
    const query = takesBody ? "" : `${badQuery}&${jobIn(operation)}`;
    return asked(operation.id, { ...sending(operation, takesBody ? "[]" : undefined), query });
  },
  RESULT_NOT_FOUND: notThere,
  REGULATION_NOT_FOUND: notThere,
  DELIVERY_NOT_FOUND: notThere,
  REDRIVE_NOT_FOUND: notThere,
  READER_NOT_FOUND: notThere,
  REVOCATION_NOT_FOUND: notThere,
  IMAGE_NOT_FOUND: notThere,
  NOT_FOUND: notThere,
};

/** Where another thing is looked at first. */
const notSo = new Set([
  "redeliverWebhook MALFORMED_JSON",
  "redeliverWebhook VALIDATION_ERROR",
  "putPhoto VALIDATION_ERROR",
]);

const codesOf = ({ access, problems = [] }: Operation) => [
  ...new Set([...accesses[access].problems, ...problems]),
];

/** Every refusal that needs nothing to be there. */
export const refused: Drives = Object.fromEntries(
  operations.map((operation) => [
    operation.id,
    Object.fromEntries(
      codesOf(operation).flatMap((code) => {
        const refusal = refusals[code];
        if (!refusal || notSo.has(`${operation.id} ${code}`)) return [];
        return [[code, () => refusal(operation)] as const];
      }),
    ),
  ]),
);
