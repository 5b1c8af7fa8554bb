import { env } from "cloudflare:workers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { countReads } from "../support/count-reads.ts";
import { opsRequest } from "../support/ops-requests.ts";

const seeded = 3_000;
/** How many of them a page of a list may read. */
const readAtMost = 1_000;
const mark = "rows-read";
const fingerprint = `vision/${mark}`;

const tables = ["dead_letters", "alerts", "redrives", "audit", "webhook_deliveries", "open_jobs"];
const keys: Readonly<Record<string, string>> = {
  audit: "target",
  open_jobs: "job_id",
};

/** Inserts rows of a number `i`, each with an id that begins with the mark. */
const seed = (table: string, columns: string, values: string) =>
  env.DB.prepare(`INSERT INTO ${table} (${columns})
    WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < ${seeded})
    SELECT ${values} FROM numbers`);

const paths = [
  "/overview",
  "/queues",
  "/dead-letters",
  "/dead-letters?status=parked",
  "/dead-letters?status=archived",
  `/dead-letters?fingerprint=${fingerprint}&limit=25`,
  "/dead-letters/groups",
  "/alerts/history",
  "/redrives",
  "/audit",
  `/audit?by=${mark}${seeded}`,
  `/audit?target=${mark}${seeded}`,
  "/webhooks",
  "/webhooks?status=failed",
];
const jobs = "/jobs?limit=2&status=waiting";
/** How many rows each path reads of what other tests of this worker have left. */
const before = new Map<string, number>();

beforeAll(async () => {
  for (const path of [...paths, jobs]) before.set(path, await rowsReadFor(path));
  const now = Date.now();
  const id = `'${mark}' || i`;
  // Long enough ago that no rule of alerts looks at them.
  const at = `${now} - 3600000 - i * 1000`;
  await env.DB.batch([
    seed(
      "dead_letters",
      "id, kind, source, error_code, error_message, fingerprint, status, first_seen_at, last_seen_at",
      `${id}, 'stage', 'vision', 'X', 'x', '${fingerprint}', 'recovered', ${at}, ${at}`,
    ),
    seed(
      "alerts",
      "id, rule, target, value, threshold, opened_at, last_seen_at, resolved_at",
      `${id}, 'backlog', ${id}, 2, 1, ${at}, ${at}, ${at}`,
    ),
    seed(
      "redrives",
      "id, action, status, request, by, why, created_at",
      `${id}, 'redrive', 'done', '{"filter":{},"by":"k","why":"w"}', 'k', 'w', ${at}`,
    ),
    seed("audit", "at, by, action, target, detail", `${at}, ${id}, 'x', ${id}, '{}'`),
    seed(
      "webhook_deliveries",
      "id, job_id, user_id, url, type, payload, status, created_at, expires_at",
      `${id}, ${id}, 'u', 'https://a.example/', 'x', '{}', 'delivered', ${at}, ${at}`,
    ),
  ]);
});

afterAll(async () => {
  await env.DB.batch(
    tables.map((table) =>
      env.DB.prepare(`DELETE FROM ${table} WHERE ${keys[table] ?? "id"} LIKE '${mark}%'`),
    ),
  );
});

async function rowsReadFor(path: string) {
  const { DB, rows } = countReads();
  const response = await opsRequest(path, {}, { DB });
  expect(response.status).toBe(200);
  await response.text();
  return rows();
}

/** How many more rows a path reads now. */
const moreReadFor = async (path: string) =>
  (await rowsReadFor(path)) - (before.get(path) ?? Number.NaN);

describe("with thousands of rows that have ended", () => {
  it.each(paths)("GET %s reads what it shows", async (path) => {
    expect(await moreReadFor(path)).toBeLessThan(readAtMost);
  });

  it("begins a redrive without reading what is not parked", async () => {
    const { DB, rows } = countReads();
    const filter = { kind: "stage", code: mark };
    const body = JSON.stringify({ filter, by: "kim", why: "a test", dry_run: true });
    const response = await opsRequest("/redrives", { method: "POST", body }, { DB });
    expect(response.status).toBe(200);
    expect(rows()).toBeLessThan(readAtMost);
  });
});

it("reads a page of the list of jobs, and not all that are open", async () => {
  await seed(
    "open_jobs",
    "job_id, wakes_at, submitted_at, status, stage, model",
    `'${mark}' || i, 0, ${Date.now()} + i, 'waiting', 'vision', 'x'`,
  ).run();
  expect(await moreReadFor(jobs)).toBeLessThan(readAtMost);
});
