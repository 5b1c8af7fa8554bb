import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import {
  AlertPage,
  listAlertHistory,
  listAlerts,
  reconcile,
} from "../../src/alerts/alert-store.ts";

/** One run over one target that only this test has; the other targets stay as they are. */
async function run(target: string, value: number | null, now = Date.now()) {
  const others = (await listAlerts(env.DB)).filter((it) => it.target !== target);
  const firing = value !== null && value > 10 ? [{ rule: "r", target, value, threshold: 10 }] : [];
  const unknown = value === null ? [{ rule: "r", target }] : [];
  return reconcile(env.DB, firing, [...unknown, ...others], now);
}
const rowsOf = async (target: string) =>
  (await listAlerts(env.DB)).filter((it) => it.target === target);

describe("an alert", () => {
  it("is opened once, is seen again with its last value, and is resolved once", async () => {
    const target = crypto.randomUUID();
    expect(await run(target, 11, 1_000)).toMatchObject({ opened: [{ target }], resolved: [] });
    expect(await run(target, 25, 2_000)).toEqual({ opened: [], resolved: [] });
    expect(await rowsOf(target)).toMatchObject([
      { value: 25, opened_at: 1_000, last_seen_at: 2_000, resolved_at: null },
    ]);
    const now = Date.now();
    expect(await run(target, 10, now)).toMatchObject({ opened: [], resolved: [{ target }] });
    expect(await run(target, 10, now + 1)).toEqual({ opened: [], resolved: [] });
    expect(await rowsOf(target)).toMatchObject([{ value: 25, resolved_at: now }]);
  });

  it("that comes back is another one", async () => {
    const target = crypto.randomUUID();
    for (const value of [11, 0, 12]) await run(target, value);
    const rows = await rowsOf(target);
    expect(rows.map(({ value }) => value)).toEqual([12, 11]);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(2);
  });

  it("is opened by one of two runs at once, and resolved by one", async () => {
    const target = crypto.randomUUID();
    const opening = await Promise.all([run(target, 11), run(target, 11), run(target, 11)]);
    expect(opening.flatMap(({ opened }) => opened)).toHaveLength(1);
    const ending = await Promise.all([run(target, 0), run(target, 0), run(target, 0)]);
    expect(ending.flatMap(({ resolved }) => resolved)).toHaveLength(1);
    expect(await rowsOf(target)).toHaveLength(1);
  });

  it("stays open while nobody can say how it is", async () => {
    const target = crypto.randomUUID();
    await run(target, 11);
    expect(await run(target, null)).toEqual({ opened: [], resolved: [] });
    expect(await rowsOf(target)).toMatchObject([{ resolved_at: null }]);
  });

  it("is in the history for 90 days, page by page, with the cause that it was opened for", async () => {
    const target = crypto.randomUUID();
    const [now, day] = [Date.now(), 24 * 60 * 60 * 1000];
    const fire = (at: number, cause?: string) =>
      reconcile(
        env.DB,
        [{ rule: "h", target, value: 11, threshold: 10, ...(cause !== undefined && { cause }) }],
        [],
        at,
      );
    for (const [ago, cause] of [
      [91, "first"],
      [60, "second"],
      [1, undefined],
    ] as const) {
      await fire(now - ago * day, cause);
      await fire(now - ago * day + 1, "a later cause");
      await reconcile(env.DB, [], [], now - ago * day + 2);
    }
    await reconcile(env.DB, [], [], now);
    const page = (cursor?: string) =>
      listAlertHistory(env.DB, AlertPage.parse({ target, limit: 1, cursor }));
    const first = await page();
    expect(first.alerts).toMatchObject([{ cause: "a later cause", opened_at: now - day }]);
    const second = await page(first.next_cursor ?? "");
    expect(second.alerts).toMatchObject([{ cause: "second", resolved_at: now - 60 * day + 2 }]);
    expect(second.next_cursor).toBeNull();
    expect(await rowsOf(target)).toHaveLength(1);
  });

  it("leaves the short list a week after it was resolved, and never while it is open", async () => {
    const [ended, open] = [crypto.randomUUID(), crypto.randomUUID()];
    const longAgo = Date.now() - 8 * 24 * 60 * 60 * 1000;
    await run(ended, 11, longAgo);
    await run(open, 11, longAgo);
    await run(ended, 0, longAgo);
    await run(crypto.randomUUID(), 0);
    expect(await rowsOf(ended)).toEqual([]);
    expect(await rowsOf(open)).toHaveLength(1);
  });
});
