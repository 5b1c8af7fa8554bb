import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { DatabaseSync } from "node:sqlite";
import { z } from "zod";

/** A call that was made, as `METHOD /path`, without what is before the account's id. */
interface Call {
  route: string;
  body: string;
}

interface Answer {
  status?: number;
  result?: unknown;
  errors?: { code: number; message: string }[];
  result_info?: unknown;
  /** Sent as it is, not wrapped. */
  raw?: string;
}

type Handler = (call: {
  params: string[];
  query: URLSearchParams;
  /** What JSON was sent, or the text where it was none. */
  body: unknown;
}) => Answer;

const Binding = z.looseObject({ type: z.string(), name: z.string(), text: z.string().optional() });

interface FakeQueue {
  id: string;
  /** The Workers that consume it, by the ids of their consumers. */
  consumers: Map<string, string>;
}

export interface FakeAccount {
  queues: Map<string, FakeQueue>;
  databases: Map<string, { id: string; sql: DatabaseSync }>;
  /** Titles of namespaces, with their ids and what is in them. */
  namespaces: Map<string, { id: string; values: Map<string, string> }>;
  /** Buckets, with the keys of what is in them. */
  buckets: Map<string, Set<string>>;
  /** What each Worker was given by its last deploy. */
  workers: Map<string, DeployedWorker>;
}

interface DeployedWorker {
  bindings: z.infer<typeof Binding>[];
  version: string;
}

export interface FakeCloudflare {
  url: string;
  accountId: string;
  token: string;
  account: FakeAccount;
  calls: Call[];
  /** What the next calls are answered with, whatever they ask. */
  nextAnswers: Answer[];
  /** Runs before a call is carried out; what it waits for, the caller waits for. */
  before: (call: Call) => Promise<void> | void;
  /** Runs when a call was carried out, and may give another answer instead. */
  after: (call: Call) => Promise<Answer | undefined> | Answer | undefined;
  close: () => Promise<void>;
  [Symbol.asyncDispose]: () => Promise<void>;
}

const noRoute = {
  code: 7003,
  message: "Could not route to this path, perhaps your object identifier is invalid?",
};
const unauthorized = { code: 10000, message: "Authentication error" };

const hex = (length: number) => crypto.randomUUID().replaceAll("-", "").slice(0, length);
const Named = z.looseObject({
  name: z.string().optional(),
  title: z.string().optional(),
  queue_name: z.string().optional(),
});
const nameIn = (body: unknown): string => {
  const { name, title, queue_name } = Named.parse(body);
  return name ?? title ?? queue_name ?? "";
};

const workerInfo: Handler = ({ params: [name] }) => ({
  result: {
    id: name,
    name,
    subdomain: { enabled: true, previews_enabled: true },
    references: {},
    tags: [],
  },
});

/** A page of a list, with Cloudflare's information on pages. Pages are small here, so that there are many. */
function pageOf(items: object[], query: URLSearchParams, size: number): Answer {
  const page = Number(query.get("page") ?? 1);
  const result = items.slice((page - 1) * size, page * size);
  const total_pages = Math.ceil(items.length / size);
  const counts = { page, per_page: size, count: result.length, total_count: items.length };
  return { result, result_info: { ...counts, total_pages } };
}

const taken = (code: number, message: string): Answer => ({
  status: code === 7502 ? 400 : 409,
  errors: [{ code, message }],
});

const notFound = (code: number, message: string): Answer => ({
  status: 404,
  errors: [{ code, message }],
});

const consumersOf = (consumers: ReadonlyMap<string, string>) =>
  [...consumers].map(([consumer_id, script]) => ({ consumer_id, type: "worker", script }));

/** As much of Cloudflare's API as a deploy needs, for one account, with D1 in a SQLite of its own. */
function routes(account: FakeAccount): [method: string, path: RegExp, handler: Handler][] {
  const { queues, databases, namespaces, buckets, workers } = account;
  const queueOf = (id: string | undefined) => [...queues].find(([, it]) => it.id === id);
  /** Deletes the entry of a map that `isMeant` picks out. */
  const removed = <Value>(map: Map<string, Value>, isMeant: (value: Value) => boolean): Answer => {
    const [name] = [...map].find(([, value]) => isMeant(value)) ?? [];
    if (name === undefined) return notFound(10000, "There is none.");
    map.delete(name);
    return {};
  };
  const namespaceOf = (id: string | undefined) =>
    [...namespaces.values()].find((it) => it.id === id)?.values ?? new Map<string, string>();
  const whenDeployed =
    (resultOf: (worker: DeployedWorker) => unknown): Handler =>
    ({ params: [name = ""] }) => {
      const worker = workers.get(name);
      return worker
        ? { result: resultOf(worker) }
        : notFound(10007, "This Worker does not exist on your account.");
    };
  return [
    [
      "GET",
      /^\/queues$/,
      ({ query }) => {
        const named = query.getAll("name");
        const all = [...queues]
          .filter(([queue_name]) => named.length === 0 || named.includes(queue_name))
          .map(([queue_name, { id, consumers }]) => ({
            queue_name,
            queue_id: id,
            producers: [],
            consumers: consumersOf(consumers),
          }));
        return pageOf(all, query, 7);
      },
    ],
    [
      "POST",
      /^\/queues$/,
      ({ body }) => {
        const queue_name = nameIn(body);
        if (queues.has(queue_name)) return taken(11009, "Queue name is already taken");
        const made = { id: hex(32), consumers: new Map<string, string>() };
        queues.set(queue_name, made);
        return { result: { queue_name, queue_id: made.id } };
      },
    ],
    [
      "DELETE",
      /^\/queues\/(\w+)$/,
      ({ params: [id] }) => {
        const [name, queue] = queueOf(id) ?? [];
        const isSentTo = [...workers.values()].some(({ bindings }) =>
          bindings.some((it) => queue && it["queue_name"] === name),
        );
        return queue?.consumers.size || isSentTo
          ? taken(11005, "Queue is in use by a Worker")
          : removed(queues, (it) => it === queue);
      },
    ],
    [
      "GET",
      /^\/queues\/(\w+)\/consumers$/,
      ({ params: [id] }) => ({
        result: consumersOf(queueOf(id)?.[1].consumers ?? new Map()),
      }),
    ],
    [
      "POST",
      /^\/queues\/(\w+)\/consumers$/,
      ({ params: [id], body }) => {
        const { script_name } = z.looseObject({ script_name: z.string() }).parse(body);
        const consumer_id = hex(32);
        queueOf(id)?.[1].consumers.set(consumer_id, script_name);
        return { result: { consumer_id } };
      },
    ],
    ["PUT", /^\/queues\/(\w+)\/consumers\/(\w+)$/, () => ({ result: {} })],
    [
      "DELETE",
      /^\/queues\/(\w+)\/consumers\/(\w+)$/,
      ({ params: [id, consumer = ""] }) =>
        queueOf(id)?.[1].consumers.delete(consumer) ? {} : notFound(11004, "No such consumer"),
    ],
    [
      "GET",
      /^\/d1\/database$/,
      ({ query }) =>
        pageOf(
          [...databases].map(([name, { id }]) => ({ name, uuid: id })),
          query,
          2,
        ),
    ],
    [
      "POST",
      /^\/d1\/database$/,
      ({ body }) => {
        const name = nameIn(body);
        if (databases.has(name)) return taken(7502, "Database with name already exists");
        databases.set(name, { id: crypto.randomUUID(), sql: new DatabaseSync(":memory:") });
        return { result: { name, uuid: databases.get(name)?.id } };
      },
    ],
    [
      "GET",
      /^\/d1\/database\/([\w-]+)$/,
      ({ params: [idOrName] }) => {
        const found = [...databases].find(([name, { id }]) => [name, id].includes(idOrName ?? ""));
        if (!found) return notFound(7404, "The database could not be found");
        const [name, { id }] = found;
        return { result: { uuid: id, name, version: "production" } };
      },
    ],
    [
      "DELETE",
      /^\/d1\/database\/([\w-]+)$/,
      ({ params: [id] }) => removed(databases, (it) => it.id === id),
    ],
    [
      "POST",
      /^\/d1\/database\/([\w-]+)\/query$/,
      ({ params: [id], body }) => {
        const { sql } = z.looseObject({ sql: z.string() }).parse(body);
        const database = [...databases.values()].find((it) => it.id === id);
        return { result: [{ success: true, meta: {}, results: rowsOf(database?.sql, sql) }] };
      },
    ],
    [
      "GET",
      /^\/storage\/kv\/namespaces$/,
      ({ query }) =>
        pageOf(
          [...namespaces].map(([title, { id }]) => ({ title, id })),
          query,
          1,
        ),
    ],
    [
      "POST",
      /^\/storage\/kv\/namespaces$/,
      ({ body }) => {
        const title = nameIn(body);
        if (namespaces.has(title))
          return taken(10014, "a namespace with this account ID and title already exists");
        const made = { id: hex(32), values: new Map<string, string>() };
        namespaces.set(title, made);
        return { result: { title, id: made.id } };
      },
    ],
    [
      "DELETE",
      /^\/storage\/kv\/namespaces\/(\w+)$/,
      ({ params: [id] }) => removed(namespaces, (it) => it.id === id),
    ],
    [
      "GET",
      /^\/storage\/kv\/namespaces\/(\w+)\/values\/(.+)$/,
      ({ params: [id, key = ""] }) => {
        const value = namespaceOf(id).get(decodeURIComponent(key));
        return value === undefined
          ? { status: 404, errors: [{ code: 10009, message: "get: 'key not found'" }] }
          : { raw: value };
      },
    ],
    [
      "POST",
      /^\/storage\/kv\/namespaces\/(\w+)\/bulk\/get$/,
      ({ params: [id], body }) => {
        const { keys } = z.looseObject({ keys: z.array(z.string()).max(100) }).parse(body);
        const values = keys.map((key) => [key, namespaceOf(id).get(key) ?? null]);
        return { result: { values: Object.fromEntries(values) } };
      },
    ],
    [
      "PUT",
      /^\/storage\/kv\/namespaces\/(\w+)\/bulk$/,
      ({ params: [id], body }) => {
        const entries = z.array(z.object({ key: z.string(), value: z.string() })).parse(body);
        for (const { key, value } of entries) namespaceOf(id).set(key, value);
        return { result: { successful_key_count: entries.length, unsuccessful_keys: [] } };
      },
    ],
    [
      "GET",
      /^\/r2\/buckets$/,
      ({ query }) => {
        const after = query.get("start_after") ?? "";
        const names = [...buckets.keys()].toSorted().filter((name) => name > after);
        return { result: { buckets: names.map((name) => ({ name })) } };
      },
    ],
    [
      "GET",
      /^\/r2\/buckets\/([\w-]+)$/,
      ({ params: [name = ""] }) =>
        buckets.has(name)
          ? { result: { name } }
          : notFound(10006, "The specified bucket does not exist."),
    ],
    [
      "POST",
      /^\/r2\/buckets$/,
      ({ body }) => {
        const name = nameIn(body);
        if (buckets.has(name))
          return taken(10004, "The bucket you tried to create already exists, and you own it.");
        buckets.set(name, new Set());
        return { result: { name } };
      },
    ],
    [
      "DELETE",
      /^\/r2\/buckets\/([\w-]+)$/,
      ({ params: [name = ""] }) =>
        buckets.get(name)?.size
          ? taken(10008, "The bucket you tried to delete is not empty.")
          : removed(buckets, (it) => it === buckets.get(name)),
    ],
    [
      "GET",
      /^\/r2\/buckets\/([\w-]+)\/objects$/,
      ({ params: [name = ""] }) => ({
        result: [...(buckets.get(name) ?? [])].slice(0, 2).map((key) => ({ key })),
      }),
    ],
    [
      "DELETE",
      /^\/r2\/buckets\/([\w-]+)\/objects$/,
      ({ params: [name = ""], body }) => {
        const keys = z.array(z.string()).min(1).max(1_000).parse(body);
        const left = keys.filter((key) => !buckets.get(name)?.delete(key));
        const errors = left.map(() => ({ code: 10007, message: "The key does not exist." }));
        return errors.length > 0 ? { errors } : { result: keys.map((key) => ({ key })) };
      },
    ],
    [
      "GET",
      /^\/workers\/scripts\/([\w-]+)\/settings$/,
      whenDeployed(({ bindings }) => ({ bindings })),
    ],
    ["PATCH", /^\/workers\/scripts\/([\w-]+)\/script-settings$/, () => ({ result: {} })],
    [
      "GET",
      /^\/workers\/scripts\/([\w-]+)\/deployments$/,
      whenDeployed(({ version }) => ({
        deployments: [{ id: "1", versions: [{ version_id: version, percentage: 100 }] }],
      })),
    ],
    [
      "GET",
      /^\/workers\/scripts\/([\w-]+)\/secrets$/,
      whenDeployed(({ bindings }) => bindings.filter(({ type }) => type === "secret_text")),
    ],
    [
      "GET",
      /^\/workers\/services\/([\w-]+)$/,
      whenDeployed(() => ({
        default_environment: {
          environment: "production",
          script: { last_deployed_from: "wrangler" },
        },
      })),
    ],
    [
      "POST",
      /^\/workers\/scripts\/([\w-]+)\/assets-upload-session$/,
      () => ({ result: { jwt: "assets", buckets: [] } }),
    ],
    [
      "PUT",
      /^\/workers\/scripts\/([\w-]+)$/,
      ({ params: [name = ""], body }) => {
        const worker = uploaded(String(body), workers.get(name) ?? null);
        workers.set(name, worker);
        return { result: { id: name, deployment_id: worker.version, startup_time_ms: 10 } };
      },
    ],
    [
      "DELETE",
      /^\/workers\/scripts\/([\w-]+)$/,
      ({ params: [name = ""] }) => {
        const isConsumer = [...queues.values()].some(({ consumers }) =>
          [...consumers.values()].includes(name),
        );
        if (isConsumer) return taken(10064, "script still in use as a consumer for a queue");
        return workers.delete(name)
          ? { raw: "" }
          : notFound(10007, "This Worker does not exist on your account.");
      },
    ],
    [
      "GET",
      /^\/workers\/scripts\/([\w-]+)\/subdomain$/,
      () => ({ result: { enabled: true, previews_enabled: true } }),
    ],
    [
      "POST",
      /^\/workers\/scripts\/([\w-]+)\/subdomain$/,
      () => ({ result: { enabled: true, previews_enabled: true } }),
    ],
    ["PUT", /^\/workers\/scripts\/([\w-]+)\/schedules$/, () => ({ result: { schedules: [] } })],
    ["GET", /^\/workers\/workers\/([\w-]+)$/, workerInfo],
    ["PATCH", /^\/workers\/workers\/([\w-]+)$/, workerInfo],
    ["GET", /^\/workers\/subdomain$/, () => ({ result: { subdomain: "somebody" } })],
  ];
}

/** Runs SQL as D1 does: all statements, with the rows of the last. */
function rowsOf(database: DatabaseSync | undefined, sql: string): unknown[] {
  if (!database) return [];
  const isQuery = /^\s*(select|pragma)/i.test(sql);
  if (isQuery) return database.prepare(sql).all();
  database.exec(sql);
  return [];
}

export async function startCloudflare(): Promise<FakeCloudflare> {
  const account: FakeAccount = {
    queues: new Map(),
    databases: new Map(),
    namespaces: new Map(),
    buckets: new Map(),
    workers: new Map(),
  };
  const table = routes(account);
  const fake: Omit<FakeCloudflare, "url" | "close" | typeof Symbol.asyncDispose> = {
    accountId: hex(32),
    token: `token-${hex(32)}`,
    account,
    calls: [],
    nextAnswers: [],
    before: () => {},
    after: () => undefined,
  };

  async function answer(request: IncomingMessage): Promise<Answer> {
    const url = new URL(request.url ?? "/", "http://localhost");
    const body = Buffer.concat(await Array.fromAsync<Buffer>(request)).toString();
    const prefix = `/accounts/${fake.accountId}`;
    const path = url.pathname.replace(prefix, "");
    const call = { route: `${request.method} ${path}`, body };
    fake.calls.push(call);
    await fake.before(call);
    const scripted = fake.nextAnswers.shift();
    if (scripted) return scripted;
    if (request.headers.authorization !== `Bearer ${fake.token}`) {
      return { status: 403, errors: [unauthorized] };
    }
    if (!url.pathname.startsWith(prefix)) return { status: 404, errors: [noRoute] };
    for (const [method, pattern, handler] of table) {
      const match = method === request.method ? pattern.exec(path) : null;
      if (!match) continue;
      const handled = handler({
        params: match.slice(1),
        query: url.searchParams,
        body: jsonOf(body),
      });
      return (await fake.after(call)) ?? handled;
    }
    return { status: 404, errors: [noRoute] };
  }

  async function handle(request: IncomingMessage, response: ServerResponse) {
    const { status = 200, raw, result = null, errors = [], result_info } = await answer(request);
    const isJson = raw === undefined;
    response.writeHead(status, { "content-type": isJson ? "application/json" : "text/plain" });
    const success = errors.length === 0 && status < 400;
    response.end(
      isJson ? JSON.stringify({ success, result, errors, messages: [], result_info }) : raw,
    );
  }

  const server = createServer((request, response) => void handle(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("No port was given");
  async function close() {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  }
  const url = `http://127.0.0.1:${address.port}`;
  return Object.assign(fake, { url, close, [Symbol.asyncDispose]: close });
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

const Metadata = z.looseObject({ bindings: z.array(Binding) });

/** The Worker that an upload's form describes in its metadata; what it inherits is from the one before. */
function uploaded(form: string, before: DeployedWorker | null): DeployedWorker {
  const [, metadata = ""] = /name="metadata"\r\n\r\n(.*)\r\n/.exec(form) ?? [];
  const { bindings } = Metadata.parse(JSON.parse(metadata));
  return {
    version: crypto.randomUUID(),
    bindings: bindings.map((it) =>
      it.type === "inherit" ? (before?.bindings.find(({ name }) => name === it.name) ?? it) : it,
    ),
  };
}
