import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { Failure } from "./failure.ts";

const tries = 5;
const baseMs = 250;
/** A wait that Cloudflare asks for is not exceeded, ms. */
const longestMs = 60_000;
const timeoutMs = 30_000;

const ResultInfo = z.looseObject({
  page: z.number().optional(),
  total_pages: z.number().optional(),
  total_count: z.number().optional(),
  cursor: z.string().optional(),
});
type ResultInfo = z.output<typeof ResultInfo>;

/** What every answer of Cloudflare's API is wrapped in. */
const Envelope = z.looseObject({
  success: z.boolean(),
  result: z.unknown().optional(),
  errors: z.array(z.looseObject({ code: z.number().optional(), message: z.string() })).default([]),
  result_info: ResultInfo.nullish(),
});
type Envelope = z.output<typeof Envelope>;

/** Cloudflare answered, and refused. */
export class Refusal extends Failure {
  readonly status: number;
  readonly codes: readonly number[];

  constructor(what: string, status: number, errors: Envelope["errors"]) {
    const why = errors.map(({ code, message }) => `${message} [${code ?? "no code"}]`).join("; ");
    super("failed", `${what} was refused with ${status}: ${why || "no reason was given"}`);
    this.status = status;
    this.codes = errors.flatMap(({ code }) => (code === undefined ? [] : [code]));
  }
}

interface Ask {
  method?: "GET" | "POST" | "PUT";
  query?: Record<string, string>;
  body?: unknown;
}

/** Cloudflare's REST API for one account. Paths are those behind `/accounts/{id}`. */
export interface Api {
  accountId: string;
  /** The result as `schema` reads it. Throws `Refusal`, or `Failure` when nothing answers. */
  ask<Schema extends z.ZodType>(path: string, schema: Schema, ask?: Ask): Promise<z.output<Schema>>;
  /** All items of a list, page by page. */
  list<Item extends z.ZodType>(
    path: string,
    item: Item,
    pageSize?: number,
  ): Promise<z.output<Item>[]>;
  /** A value that is not wrapped, such as that of a KV key; null when there is none. */
  text(path: string): Promise<string | null>;
}

interface Access {
  accountId: string;
  token: string;
  baseUrl: string;
}

/** The account and token that wrangler reads, too, from the same variables. */
export function accessOf(env: NodeJS.ProcessEnv): Access {
  const { CLOUDFLARE_API_TOKEN: token, CLOUDFLARE_ACCOUNT_ID: accountId } = env;
  const missing = [
    ...(token ? [] : ["CLOUDFLARE_API_TOKEN"]),
    ...(accountId ? [] : ["CLOUDFLARE_ACCOUNT_ID"]),
  ];
  if (!token || !accountId) {
    throw new Failure(
      "access",
      `${missing.join(" and ")} ${missing.length > 1 ? "are" : "is"} not set. docs/deploy.md says how to make a token.`,
    );
  }
  const baseUrl = env["CLOUDFLARE_API_BASE_URL"] ?? "https://api.cloudflare.com/client/v4";
  return { accountId, token, baseUrl: baseUrl.replace(/\/$/, "") };
}

export function cloudflareApi({ accountId, token, baseUrl }: Access): Api {
  async function send(path: string, { method = "GET", query, body }: Ask = {}): Promise<Response> {
    const url = new URL(`${baseUrl}/accounts/${accountId}${path}`);
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
    const request: RequestInit = {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    // Everything that is sent here may come twice: a name that is taken is found, not made again.
    for (let tried = 1; ; tried++) {
      const signal = AbortSignal.timeout(timeoutMs);
      const response = await fetch(url, { ...request, signal }).catch((error: unknown) => {
        if (tried < tries) return null;
        throw new Failure("failed", `Nothing answers at ${baseUrl}: ${reasonOf(error)}`);
      });
      if (response && (!isPassing(response) || tried === tries)) return response;
      await sleep(waitMs(response, tried));
    }
  }

  async function envelope(path: string, ask?: Ask): Promise<Envelope> {
    const response = await send(path, ask);
    const what = `${ask?.method ?? "GET"} ${path}`;
    const parsed = Envelope.safeParse(await response.json().catch(() => null));
    const { success, data } = parsed;
    if (success && data.success && response.ok) return data;
    const errors = success
      ? data.errors
      : [{ code: undefined, message: "the answer is not of Cloudflare's API" }];
    throw refused(accountId, new Refusal(what, response.status, errors));
  }

  async function ask<Schema extends z.ZodType>(path: string, schema: Schema, ask?: Ask) {
    return read(path, schema, (await envelope(path, ask)).result);
  }

  return {
    accountId,
    ask,
    async list(path, item, pageSize) {
      const size = pageSize === undefined ? {} : { per_page: String(pageSize) };
      const items = new Map<string, z.output<typeof item>>();
      for (let page = 1; ; page++) {
        const query = { ...size, page: String(page) };
        const { result, result_info } = await envelope(path, { query });
        const known = items.size;
        for (const one of read(path, z.array(item), result)) items.set(JSON.stringify(one), one);
        // A list that knows nothing of pages gives the same ones again.
        const isLast = items.size === known || isLastPage(result_info, page, items.size);
        if (isLast) return [...items.values()];
      }
    },
    async text(path) {
      const response = await send(path);
      if (response.status === 404) return null;
      if (!response.ok) throw refused(accountId, new Refusal(`GET ${path}`, response.status, []));
      return response.text();
    },
  };
}

const isPassing = ({ status }: Response) => status === 429 || status >= 500;

function waitMs(response: Response | null, tried: number): number {
  const asked = Number(response?.headers.get("retry-after") ?? Number.NaN) * 1000;
  const backoff = baseMs * 2 ** tried * (0.5 + Math.random() / 2);
  return Math.min(longestMs, Number.isNaN(asked) ? backoff : asked);
}

function isLastPage(info: ResultInfo | null | undefined, page: number, soFar: number): boolean {
  if (info?.total_pages !== undefined) return page >= info.total_pages;
  return info?.total_count !== undefined && soFar >= info.total_count;
}

function read<Schema extends z.ZodType>(path: string, schema: Schema, value: unknown) {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const why = z.prettifyError(parsed.error);
  throw new Failure("failed", `Cloudflare's answer to ${path} is not understood:\n${why}`);
}

/** What says that the token or the account is wrong is told as that. */
function refused(accountId: string, refusal: Refusal): Error {
  const { status, codes, message } = refusal;
  // 6003: a token that is not one; 7003: a path that leads nowhere, which is the account's id in it.
  if (status === 401 || status === 403 || codes.includes(6003)) {
    return new Failure(
      "access",
      `${message}\nThe token is refused for account ${accountId}. Is it of this account, and has it the permissions that docs/deploy.md names?`,
    );
  }
  if (codes.includes(7003)) {
    return new Failure("access", `${message}\nThere is no account ${accountId}.`);
  }
  return refusal;
}

const reasonOf = (error: unknown) =>
  error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
