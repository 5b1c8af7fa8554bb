import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { audit } from "../../src/ops-audit.ts";
import { queueName, shardsOf, stageNames } from "../../src/pipeline/stages/stage-table.ts";
import { submitText, callApp } from "../support/worker-requests.ts";

const paths = [
  "/queues",
  "/dead-letters",
  "/dead-letters/groups",
  "/redrives",
  "/stages",
  "/breakers",
  "/webhooks",
  "/audit",
  "/audit/export",
  "/alerts/history",
  "/statistics/costs",
  "/statistics/corrections",
  `/jobs/${crypto.randomUUID()}`,
];
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
const ops = (path: string, OPS_TOKEN = "ops-secret", sent = "ops-secret") =>
  callApp({ OPS_TOKEN }, `/api/v1/ops${path}`, bearer(sent));

describe.each(paths)("the ops route %s", (path) => {
  it("is closed without the token, with another, and when none is set", async () => {
    expect((await callApp({ OPS_TOKEN: "ops-secret" }, `/api/v1/ops${path}`)).status).toBe(401);
    for (const sent of ["", "ops-secre", "ops-secretx", "OPS-SECRET"]) {
      expect((await ops(path, "ops-secret", sent)).status).toBe(401);
    }
    expect((await ops(path, "", "")).status).toBe(401);
    expect((await ops(path, "", "undefined")).status).toBe(401);
  });
});

it("shows what waits in each queue", async () => {
  const response = await ops("/queues");
  expect(await response.json()).toMatchObject({
    queues: stageNames.map((stage) => ({
      stage,
      queues: shardsOf(stage).map((shard) => ({
        name: queueName(stage, shard),
        backlog: expect.any(Number),
      })),
      dead_letter_queue: { name: `dlq-scan-${stage}`, backlog: expect.any(Number) },
      dead_letters: { parked: expect.any(Number), redriving: expect.any(Number) },
    })),
  });
});

it("shows any user's job, and 404 for one that is not there", async () => {
  const { job_id } = await submitText("생수병", { user: "user-8" });
  const response = await ops(`/jobs/${job_id}`);
  expect(await response.json()).toMatchObject({ job_id, user_id: "user-8" });
  expect((await ops(`/jobs/${crypto.randomUUID()}`)).status).toBe(404);
});

it("speaks of no scan at all, and not of the asker's, when an id is not there", async () => {
  for (const id of [crypto.randomUUID(), "nope"]) {
    for (const path of [`/jobs/${id}`, `/jobs/${id}/events`]) {
      expect(await (await ops(path)).json()).toMatchObject({ detail: "No scan has this id." });
    }
  }
});

it("refuses filters that are longer than what they name, before it looks for anything", async () => {
  const long = "x".repeat(601);
  for (const path of [
    `/revocations?value=${long}`,
    `/dead-letters?fingerprint=${long}`,
    `/alerts/history?cursor=1,${long}`,
    `/webhooks?cursor=1,${long}`,
  ]) {
    expect((await ops(path)).status, path).toBe(422);
  }
  const names = ["fingerprint", "code", "model", "provider", "left_by", "user_id"];
  for (const name of [...names, "regulation_version"]) {
    const order = { filter: { [name]: long }, dry_run: true, by: "kim", why: "a look" };
    const { headers } = bearer("ops-secret");
    const response = await callApp({ OPS_TOKEN: "ops-secret" }, "/api/v1/ops/redrives", {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify(order),
    });
    expect(response.status, name).toBe(422);
  }
});

describe("the list of dead letters", () => {
  it("is empty, with no page after it, when there are none", async () => {
    const response = await ops("/dead-letters?limit=10&status=discarded");
    expect(await response.json()).toEqual({ dead_letters: [], next_cursor: null });
    expect(await (await ops("/dead-letters/groups?status=discarded")).json()).toEqual({
      groups: [],
    });
  });

  it.each(["limit=0", "limit=x", "status=lost", "kind=scan", "source=recycle", "cursor=abc"])(
    "refuses %s",
    async (query) => {
      expect((await ops(`/dead-letters?${query}`)).status).toBe(422);
    },
  );
});

describe("the audit", () => {
  const by = crypto.randomUUID();
  const change = (action: string, target: string, detail = {}) =>
    audit(env.DB, { by, action, target, detail });
  const targets = async (query: string) => {
    const { entries } = await (
      await ops(`/audit?by=${by}${query}`)
    ).json<{
      entries: { target: string }[];
    }>();
    return entries.map(({ target }) => target);
  };

  it("is read by who, what, of which and when", async () => {
    await change("redrive.redrive", "a");
    await change("redrive.abort", "b");
    await change("stage.pause", "c");
    expect(await targets("")).toEqual(["c", "b", "a"]);
    expect(await targets("&action=redrive")).toEqual(["b", "a"]);
    expect(await targets("&action=redrive.abort")).toEqual(["b"]);
    expect(await targets("&target=c")).toEqual(["c"]);
    const now = new Date(Date.now() + 1_000).toISOString();
    expect(await targets(`&from=${now}`)).toEqual([]);
    expect(await targets(`&to=${now}`)).toHaveLength(3);
    expect((await ops("/audit?from=yesterday")).status).toBe(422);
    const [first, ...others] = ["abc", "1,x", "1e3", " 1"].map((cursor) =>
      ops(`/audit?cursor=${encodeURIComponent(cursor)}`).then((it) => it.json()),
    );
    const errors = [{ path: "cursor", message: "is not a cursor of this list" }];
    expect(await first).toMatchObject({ status: 422, errors });
    for (const other of others) expect(await other).toMatchObject({ status: 422, errors });
  });

  it("is exported as JSON lines and as CSV, from a change on, and no text becomes a formula", async () => {
    await change("stage.pause", '=HYPERLINK("x")', { reason: 'a "b", c' });
    const text = await (await ops(`/audit/export?by=${by}`)).text();
    const lines = text
      .trim()
      .split("\n")
      .map((it): unknown => JSON.parse(it));
    expect(lines).toHaveLength(4);
    expect(lines[3]).toMatchObject({ by, action: "stage.pause", detail: { reason: 'a "b", c' } });
    const { id } = z.object({ id: z.int() }).parse(lines[2]);
    const csv = await ops(`/audit/export?by=${by}&format=csv&after=${id}`);
    expect(csv.headers.get("content-disposition")).toBe('attachment; filename="audit.csv"');
    const [head, row, ...rest] = (await csv.text()).split("\r\n");
    expect(head).toBe("id,at,by,action,target,detail");
    expect(row).toContain(
      `${by},stage.pause,"'=HYPERLINK(""x"")","{""reason"":""a \\""b\\"", c""}"`,
    );
    expect(rest).toEqual([""]);
    expect(csv.headers.has("link")).toBe(false);
  });

  it("has a link to the next file, and to the next page, though a row cannot be read", async () => {
    const operator = `lee-${crypto.randomUUID()}`;
    await env.DB.prepare(
      `WITH RECURSIVE n (nth) AS (SELECT 1 UNION ALL SELECT nth + 1 FROM n WHERE nth < 5002)
       INSERT INTO audit (at, by, action, target, detail)
       SELECT 1, ?, 'stage.pause', nth, iif(nth = 4990, 'cut {', '{}') FROM n`,
    )
      .bind(operator)
      .run();
    const file = await ops(`/audit/export?by=${operator}`);
    expect((await file.text()).trim().split("\n")).toHaveLength(4_999);
    const [, next = ""] =
      /^<\/api\/v1\/ops(.+)>; rel="next"$/.exec(file.headers.get("link") ?? "") ?? [];
    const last = await ops(next);
    expect((await last.text()).trim().split("\n")).toHaveLength(2);
    expect(last.headers.has("link")).toBe(false);

    const page = async (cursor: string) => {
      const response = await ops(`/audit?by=${operator}${cursor}`);
      return z
        .object({ entries: z.array(z.object({ target: z.string() })), next_cursor: z.string() })
        .parse(await response.json());
    };
    const first = await page("");
    expect(first.entries).toHaveLength(99);
    const second = await page(`&cursor=${first.next_cursor}`);
    expect(second.entries[0]?.target).toBe("4902");
  });
});

const Corrections = z.object({
  asked: z.int(),
  corrected: z.int(),
  corrections: z.array(z.object({ predicted: z.string(), corrected: z.string(), count: z.int() })),
});

describe("the statistics", () => {
  it("have the cost of each day by model and provider, within the days that are asked for", async () => {
    const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
    const insert = env.DB.prepare(
      "INSERT INTO daily_statistics VALUES (?, ?, 'm', 'n', ?, 'completed', ?, 0, 10, 20, ?)",
    );
    await env.DB.batch([
      insert.bind(day(1), "서울", "gpt-5.2", 2, 1_500_000),
      insert.bind(day(1), "부산", "gpt-5.2", 1, 500_000),
      insert.bind(day(2), "서울", "a-model-of-before", 1, 250_000),
      insert.bind(day(7), "서울", "gpt-5.2", 9, 9_000_000),
    ]);
    const { from, costs } = await (
      await ops("/statistics/costs?days=7")
    ).json<{
      from: string;
      costs: { day: string }[];
    }>();
    expect(from).toBe(day(6));
    // Scans of other tests are of today.
    const known = costs.filter((it) => it.day !== day(0));
    const tokens = { input_tokens: 10, output_tokens: 20 };
    expect(known).toEqual([
      {
        day: day(1),
        model: "gpt-5.2",
        provider: "openai",
        scans: 3,
        input_tokens: 20,
        output_tokens: 40,
        usd: 2,
      },
      { day: day(2), model: "a-model-of-before", provider: null, scans: 1, ...tokens, usd: 0.25 },
    ]);
    expect((await ops("/statistics/costs?days=93")).status).toBe(422);
  });

  it("have the classes that residents corrected, the most frequent first", async () => {
    const shown = (middle: string) =>
      JSON.stringify([{ classification: { middle_category: middle }, probability: 0.5 }]);
    const cursor = 900_000_000;
    const insert = env.DB.prepare(
      "INSERT INTO confirmations VALUES (?, ?, 'photo', 'category', '재활용폐기물', ?, ?)",
    );
    const rows: [string, string, number][] = [
      ["시험 병", "시험 병", 0],
      ["시험 병", "플라스틱류", 0],
      ["시험 병", "플라스틱류", 1],
      ["시험 종이", "종이팩", 2],
      ["시험 종이", "종이팩", 40],
    ];
    const read = async () =>
      Corrections.parse(await (await ops("/statistics/corrections?days=30")).json());
    const before = await read();
    await env.DB.batch(
      rows.map(([predicted, chosen, ago], nth) =>
        insert.bind(cursor + nth, Date.now() - ago * 86_400_000, chosen, shown(predicted)),
      ),
    );
    const { asked, corrected, corrections } = await read();
    expect([asked - before.asked, corrected - before.corrected]).toEqual([4, 3]);
    expect(corrections.filter((it) => it.predicted.startsWith("시험"))).toMatchObject([
      { predicted: "시험 병", corrected: "플라스틱류", count: 2 },
      { predicted: "시험 종이", corrected: "종이팩", count: 1 },
    ]);

    // More than are listed.
    const statements = Array.from({ length: 510 }, (_, nth) =>
      insert.bind(cursor + 10 + nth, Date.now(), `고침 ${nth}`, shown("시험 병")),
    );
    await env.DB.batch(statements);
    const all = await read();
    expect([all.asked - asked, all.corrected - corrected]).toEqual([510, 510]);
    expect(all.corrections).toHaveLength(500);
    await env.DB.prepare("DELETE FROM confirmations WHERE cursor >= ?")
      .bind(cursor + 10)
      .run();
  });
});
