import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { Failure } from "./exit-codes.ts";

const attempts = 5;
const baseMs = 250;
/** The longest wait that Cloudflare is granted, ms. */
const longestMs = 60_000;
const timeoutMs = 30_000;

/** What every answer of Cloudflare's API is wrapped in. */
const Envelope = z.looseObject({
  success: z.boolean(),
  result: z.unknown().optional(),
  errors: z.array(z.looseObject({ code: z.number().optional(), message: z.string() })).default([]),
  result_info: z
    .looseObject({ total_pages: z.number().optional(), total_count: z.number().optional() })
    .nullish(),
});
type Envelope = z.output<typeof Envelope>;

/** Cloudflare answered with an error. */
export class ApiError extends Failure {
  readonly status: number;
  readonly codes: readonly number[];

  constructor(what: string, status: number, errors: Envelope["errors"]) {
    const why = errors.map(({ code, message }) => `${message} [${code ?? "no code"}]`).join("; ");
    super("failed", `${what} was refused with ${status}: ${why || "no reason was given"}`);
    this.status = status;
    this.codes = errors.flatMap(({ code }) => (code === undefined ? [] : [code]));
  }
}

interface RequestOptions {
  method?: "GET" | "POST" | "PUT";
  query?: Record<string, string>;
  body?: unknown;
}

/** Cloudflare's REST API for one account. Paths are those behind `/accounts/{id}`. */
export interface Api {
  accountId: string;
  /** @throws ApiError for an error answer, Failure when nothing answers or the result is not as `schema` has it. */
  request<Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    options?: RequestOptions,
  ): Promise<z.output<Schema>>;
  /** All items of a list, page by page. */
  list<Item extends z.ZodType>(path: string, item: Item): Promise<z.output<Item>[]>;
  /** A value that has no envelope, such as that of a KV key; null when there is none. */
  text(path: string): Promise<string | null>;
}

/** The account and token, from the variables that wrangler reads, too. */
export function accessOf(env: NodeJS.ProcessEnv) {
  const { CLOUDFLARE_API_TOKEN: token, CLOUDFLARE_ACCOUNT_ID: accountId } = env;
  if (!token || !accountId) {
    const missing = ["CLOUDFLARE_API_TOKEN", "CLOUDFLARE_ACCOUNT_ID"].filter((it) => !env[it]);
    throw new Failure(
      "access",
      `${missing.join(" and ")} ${missing.length > 1 ? "are" : "is"} not set. docs/deploy.md says how to make a token.`,
    );
  }
  const baseUrl = env["CLOUDFLARE_API_BASE_URL"] ?? "https://api.cloudflare.com/client/v4";
  return { accountId, token, baseUrl: baseUrl.replace(/\/$/, "") };
}

export function cloudflareApi({ accountId, token, baseUrl }: ReturnType<typeof accessOf>): Api {
  async function send(path: string, { method = "GET", query, body }: RequestOptions = {}) {
    const url = new URL(`${baseUrl}/accounts/${accountId}${path}`);
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
    const request: RequestInit = {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    // Every request may be repeated: a name that is taken counts as created.
    for (let attempt = 1; ; attempt++) {
      const signal = AbortSignal.timeout(timeoutMs);
      const response = await fetch(url, { ...request, signal }).catch((error: unknown) => {
        if (attempt < attempts) return null;
        throw new Failure("failed", `Nothing answers at ${baseUrl}: ${reasonOf(error)}`);
      });
      if (response && (!isTransient(response) || attempt === attempts)) return response;
      await sleep(waitMs(response, attempt));
    }
  }

  async function envelope(path: string, options?: RequestOptions): Promise<Envelope> {
    const response = await send(path, options);
    const parsed = Envelope.safeParse(await response.json().catch(() => null));
    if (parsed.data?.success && response.ok) return parsed.data;
    const errors = parsed.data?.errors ?? [{ message: "the answer is not of Cloudflare's API" }];
    throw failureOf(
      accountId,
      new ApiError(`${options?.method ?? "GET"} ${path}`, response.status, errors),
    );
  }

  return {
    accountId,
    async request(path, schema, options) {
      return parse(path, schema, (await envelope(path, options)).result);
    },
    async list(path, item) {
      const items: z.output<typeof item>[] = [];
      for (let page = 1; ; page++) {
        const query = { per_page: "100", page: String(page) };
        const { result, result_info: info } = await envelope(path, { query });
        const added = parse(path, z.array(item), result);
        items.push(...added);
        const isLast = info?.total_pages
          ? page >= info.total_pages
          : items.length >= (info?.total_count ?? 0);
        if (isLast || added.length === 0) return items;
      }
    },
    async text(path) {
      const response = await send(path);
      if (response.status === 404) return null;
      if (response.ok) return response.text();
      throw failureOf(accountId, new ApiError(`GET ${path}`, response.status, []));
    },
  };
}

const isTransient = ({ status }: Response) => status === 429 || status >= 500;

function waitMs(response: Response | null, attempt: number): number {
  const asked = Number(response?.headers.get("retry-after") ?? Number.NaN) * 1000;
  const backoff = baseMs * 2 ** attempt * (0.5 + Math.random() / 2);
  return Math.min(longestMs, Number.isNaN(asked) ? backoff : asked);
}

function parse<Schema extends z.ZodType>(path: string, schema: Schema, value: unknown) {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const why = z.prettifyError(parsed.error);
  throw new Failure("failed", `Cloudflare's answer to ${path} is not understood:\n${why}`);
}

/** An error that says that the token or the account is wrong ends with its own exit code. */
function failureOf(accountId: string, error: ApiError): Failure {
  // 6003: a token that is not one; 7003: a path that leads nowhere, which is the account's id in it.
  const isOfToken = [401, 403].includes(error.status) || error.codes.includes(6003);
  if (!isOfToken && !error.codes.includes(7003)) return error;
  const why = isOfToken
    ? `The token is refused for account ${accountId}. Is it of this account, and has it the permissions that docs/deploy.md names?`
    : `There is no account ${accountId}.`;
  return new Failure("access", `${error.message}\n${why}`);
}

/** The result of a request; null when what it asks for does not exist. */
export async function orNull<Result>(request: Promise<Result>): Promise<Result | null> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

const reasonOf = (error: unknown) =>
  error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
