import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { opsPost, opsRequest } from "../support/ops-requests.ts";

const hang = () => new Promise<never>(() => {});
const statement: object = { bind: () => statement, all: hang, first: hang, run: hang, raw: hang };
/** A database that never answers. */
const DB = new Proxy(env.DB, {
  get: (_, key): unknown => (key === "prepare" ? () => statement : hang),
});

describe("operators' routes while the database hangs", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  it.each(["/overview", "/alerts", "/audit", "/dead-letters", "/redrives", "/webhooks", "/jobs"])(
    "answer a read of %s with 503 within half a minute",
    async (path) => {
      const answer = opsRequest(path, {}, { DB });
      await vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThan(0));
      await vi.advanceTimersByTimeAsync(30_000);
      const response = await answer;
      expect(response.status).toBe(503);
      expect(response.headers.get("retry-after")).toBe("5");
      expect(await response.json()).toMatchObject({ code: "UNAVAILABLE" });
    },
  );

  it("do not give a change up, whose outcome would not be known", async () => {
    const order = { action: "redrive", filter: {}, rate_per_second: 1, by: "kim", why: "test" };
    const ended = vi.fn<() => void>();
    void opsPost("/redrives", order, { DB }).finally(ended);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(ended).not.toHaveBeenCalled();
  });
});
