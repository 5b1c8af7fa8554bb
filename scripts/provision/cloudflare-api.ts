import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { parsedJson } from "../../src/platform/parsed-json.ts";
import { CommandError } from "./exit-codes.ts";

const attempts = 5;
const baseMs = 250;
/** The longest wait that Cloudflare is granted, ms. */
const longestMs = 60_000;
const timeoutMs = 30_000;
/** How many items of a list an answer has at most. */
const perPage = 100;

/** What every answer of Cloudflare's API is wrapped in. */
const Envelope = z.object({
  success: z.boolean(),
  result: z.unknown(),
  errors: z.array(z.object({ code: z.number().optional(), message: z.string() })).default([]),
  result_info: z.object({ total_count: z.number().optional() }).nullish(),
});
type Errors = z.output<typeof Envelope>["errors"];

/** Cloudflare answered with an error. */
export class ApiError extends CommandError {
  readonly status: number;
  readonly codes: readonly (number | undefined)[];

  constructor(what: string, status: number, errors: Errors) {
    const why = errors.map(({ code, message }) => `${message} [${code ?? "no code"}]`).join("; ");
    super("failed", `${what} was refused with ${status}: ${why || "no reason was given"}`);
    this.status = status;
    this.codes = errors.map(({ code }) => code);
  }
}

type Answer = Awaited<ReturnType<typeof read>>;

/** A response with its body: a connection may break in it, too. */
const read = async (response: Response) => ({
  status: response.status,
  ok: response.ok,
  headers: response.headers,
  text: await response.text(),
});

interface RequestOptions {
  method?: "GET" | "POST" | "PUT" | "DELETE";
  query?: Record<string, string>;
  body?: unknown;
}

export type Api = ReturnType<typeof cloudflareApi>;

/** The account and token, from the variables that wrangler reads, too. */
export function credentialsFrom(env: NodeJS.ProcessEnv) {
  const { CLOUDFLARE_API_TOKEN: token, CLOUDFLARE_ACCOUNT_ID: accountId } = env;
  if (!token || !accountId) {
    const missing = ["CLOUDFLARE_API_TOKEN", "CLOUDFLARE_ACCOUNT_ID"].filter((it) => !env[it]);
    throw new CommandError(
      "access",
      `${missing.join(" and ")} ${missing.length > 1 ? "are" : "is"} not set. docs/deploy.md says how to make a token.`,
    );
  }
  const baseUrl = env["CLOUDFLARE_API_BASE_URL"] ?? "https://api.cloudflare.com/client/v4";
  return { accountId, token, baseUrl: baseUrl.replace(/\/$/, "") };
}

/** Cloudflare's REST API for one account. Paths are those behind `/accounts/{id}`. */
export function cloudflareApi({ accountId, token, baseUrl }: ReturnType<typeof credentialsFrom>) {
  async function send(path: string, { method = "GET", query, body }: RequestOptions = {}) {
    const url = `${baseUrl}/accounts/${accountId}${path}?${new URLSearchParams(query)}`;
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    // Every request may be repeated: a name that is taken counts as created.
    for (let attempt = 1; ; attempt++) {
      const signal = AbortSignal.timeout(timeoutMs);
      const request = { method, headers, body: JSON.stringify(body), signal };
      const response = await fetch(url, request)
        .then(read)
        .catch((error: unknown) => {
          if (attempt < attempts) return null;
          throw new CommandError("failed", `Nothing answers at ${baseUrl}: ${reasonOf(error)}`);
        });
      if (response && (!isTransient(response) || attempt === attempts)) return response;
      await sleep(waitMs(response, attempt));
    }
  }

  async function envelope(path: string, options?: RequestOptions) {
    const response = await send(path, options);
    return resultOf(`${options?.method ?? "GET"} ${path}`, response.status, response.text);
  }

  /** An answer in its envelope. @throws ApiError for an error answer. */
  function resultOf(what: string, status: number, text: string) {
    const { data } = Envelope.safeParse(parsedJson(text));
    if (data?.success && status < 300) return data;
    const errors = data?.errors ?? [{ message: "the answer is not of Cloudflare's API" }];
    throw refusal(what, status, errors);
  }

  /** An error that says that the token or the account is wrong ends with its own exit code. */
  function refusal(what: string, status: number, errors: Errors): CommandError {
    const error = new ApiError(what, status, errors);
    // 6003: a token that is not one; 7003: a path that leads nowhere, which is the account's id in it.
    const isOfToken = status === 401 || status === 403 || error.codes.includes(6003);
    if (!isOfToken && !error.codes.includes(7003)) return error;
    const why = isOfToken
      ? `The token is refused for account ${accountId}. Is it of this account, and has it the permissions that docs/deploy.md names?`
      : `There is no account ${accountId}.`;
    return new CommandError("access", `${error.message}\n${why}`);
  }

  return {
    accountId,
    /** @throws ApiError for an error answer, CommandError when nothing answers or the result is not as `schema` has it. */
    async request<Schema extends z.ZodType>(
      path: string,
      schema: Schema,
      options?: RequestOptions,
    ) {
      return parse(path, schema, (await envelope(path, options)).result);
    },
    /** All items of a list, page by page. */
    async list<Item extends z.ZodType>(path: string, item: Item) {
      const items: z.output<Item>[] = [];
      for (let page = 1; ; page++) {
        const query = { per_page: String(perPage), page: String(page) };
        const { result, result_info } = await envelope(path, { query });
        const added = parse(path, z.array(item), result);
        items.push(...added);
        // Cloudflare may put fewer on a page than it was asked for.
        const total = result_info?.total_count;
        const isLast = total === undefined ? added.length < perPage : items.length >= total;
        if (isLast || added.length === 0) return items;
      }
    },
    /** Deletes what a path names. What does not exist is deleted, such as after a lost answer. */
    async remove(path: string, options?: Pick<RequestOptions, "query" | "body">): Promise<void> {
      const response = await send(path, { method: "DELETE", ...options });
      if (response.status === 404 || (response.ok && response.text === "")) return;
      resultOf(`DELETE ${path}`, response.status, response.text);
    },
    /** A value that has no envelope, such as that of a KV key; null when there is none. */
    async text(path: string): Promise<string | null> {
      const response = await send(path);
      if (response.ok) return response.text;
      if (response.status === 404) return null;
      throw refusal(`GET ${path}`, response.status, []);
    },
  };
}

const isTransient = ({ status }: Answer) => status === 429 || status >= 500;

function waitMs(response: Answer | null, attempt: number): number {
  const asked = Number(response?.headers.get("retry-after") ?? Number.NaN) * 1000;
  const backoff = baseMs * 2 ** attempt * (0.5 + Math.random() / 2);
  return Math.min(longestMs, Number.isNaN(asked) ? backoff : asked);
}

function parse<Schema extends z.ZodType>(path: string, schema: Schema, value: unknown) {
  const { data, error } = schema.safeParse(value);
  if (!error) return data;
  const why = z.prettifyError(error);
  throw new CommandError("failed", `Cloudflare's answer to ${path} is not understood:\n${why}`);
}

/** The result of a request; null when what it asks for does not exist. */
export const nullIfNotFound = <Result>(request: Promise<Result>): Promise<Result | null> =>
  request.catch((error: unknown) => {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  });

const reasonOf = (error: unknown) =>
  error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
