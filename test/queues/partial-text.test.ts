import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { partialText } from "../../queues/partial-text.ts";
import { renewEveryMs } from "../../src/pipeline/lease.ts";

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ["Date", "setTimeout", "clearTimeout", "setInterval", "clearInterval"],
  });
  // Fake timers leave the scheduler alone.
  const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  vi.stubGlobal("scheduler", { wait });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** When a text has how many UTF-16 code units, ms and units. */
type Growth = readonly (readonly [at: number, length: number])[];

/** Text that grows by `units` every `everyMs`, from 300 ms on. */
const steady = (units: number, everyMs: number, whole: number): Growth =>
  Array.from({ length: Math.ceil(whole / units) }, (_, part) => [
    300 + part * everyMs,
    Math.min(whole, (part + 1) * units),
  ]);

const later = (ms: number, units: number, growth: Growth): Growth =>
  growth.map(([at, length]) => [at + ms, length + units]);

const whole = "생수병은 라벨을 떼고 배출해요. ".repeat(400);

/** Runs an answer that takes `endsAt` ms, as the stage loop does. */
async function answerOf(growth: Growth, endsAt: number) {
  const shown: { at: number; length: number; with: "text" | "renewal" | "completion" }[] = [];
  const start = Date.now();
  const show = (text: string, by: (typeof shown)[number]["with"]) =>
    shown.push({ at: Date.now() - start, length: text.length, with: by });
  const relay = partialText((text) => Promise.resolve(show(text, "text")));
  const renewal = setInterval(() => show(relay.take(), "renewal"), renewEveryMs);
  for (const [at, length] of growth) setTimeout(() => relay.onText(whole.slice(0, length)), at);
  await vi.advanceTimersByTimeAsync(endsAt);
  clearInterval(renewal);
  show(relay.end(), "completion");
  // Nothing comes after the end.
  relay.onText(whole);
  await vi.advanceTimersByTimeAsync(10_000);

  const lags = growth.map(([at, length]) => {
    const seen = shown.find((it) => it.at >= at && it.length >= length);
    return (seen?.at ?? Infinity) - at;
  });
  const first = shown.find(({ length }) => length > 0);
  return {
    calls: shown.filter((it) => it.with === "text").length,
    renewals: shown.filter((it) => it.with === "renewal").length,
    firstAfter: first ? first.at - (growth[0]?.[0] ?? 0) : null,
    silence: Math.max(0, ...lags),
    last: shown.at(-1),
    atMostOnce: shown.every((it, index) => it.length >= (shown[index - 1]?.length ?? 0)),
  };
}

describe("partialText", () => {
  it.each<[string, Growth, endsAt: number, calls: number, silence: number]>([
    ["nothing", [], 60_000, 0, 0],
    ["one word at once", [[300, 3]], 310, 0, 10],
    ["one word, and then steps", [[300, 3]], 3_000, 1, 50],
    ["a word more, and then steps", [...steady(20, 20, 60), [500, 63]], 3_000, 2, 550],
    ["short and fast", steady(4, 10, 80), 520, 2, 200],
    ["a usual one", steady(2, 50, 120), 5_000, 6, 1_200],
    ["long and fast", steady(40, 20, 4_000), 2_400, 5, 1_100],
    ["long and slow", steady(1, 60, 2_000), 121_000, 6, renewEveryMs],
    ["a word a second", steady(3, 1_000, 90), 31_000, 6, renewEveryMs],
    [
      "bursts far apart",
      [0, 1, 2, 3].flatMap((part) => later(part * 15_000, part * 40, steady(10, 20, 40))),
      60_000,
      6,
      renewEveryMs,
    ],
  ])("takes few calls for %s", async (_, growth, endsAt, calls, silence) => {
    const answer = await answerOf(growth, endsAt);
    expect(answer.calls).toBeLessThanOrEqual(calls);
    expect(answer.silence).toBeLessThanOrEqual(silence);
    expect(answer.firstAfter ?? 0).toBeLessThanOrEqual(100);
    expect(answer.renewals).toBe(Math.floor(endsAt / renewEveryMs));
    expect(answer.last).toMatchObject({ with: "completion", length: growth.at(-1)?.[1] ?? 0 });
    expect(answer.atMostOnce).toBe(true);
  });

  it("takes at most eight calls of the job with the claim and the completion", async () => {
    for (const everyMs of [1, 7, 50, 333, 2_000, 9_000]) {
      const { calls } = await answerOf(steady(9, everyMs, 900), 100 * everyMs + 1_000);
      expect(1 + calls + 1).toBeLessThanOrEqual(8);
    }
  });

  it("drops a publish that fails, and publishes the next", async () => {
    const publish = vi.fn<() => Promise<void>>().mockRejectedValue(new Error("the object is away"));
    const relay = partialText(publish);
    relay.onText("생수병");
    await vi.advanceTimersByTimeAsync(50);
    relay.onText("생수병은 라벨을 떼고");
    await vi.advanceTimersByTimeAsync(200);
    expect(publish.mock.calls).toEqual([["생수병"], ["생수병은 라벨을 떼고"]]);
  });

  it("publishes nothing that a renewal has taken", async () => {
    const publish = vi.fn<() => Promise<void>>().mockResolvedValue();
    const relay = partialText(publish);
    relay.onText("생수병");
    expect(relay.take()).toBe("생수병");
    await vi.advanceTimersByTimeAsync(5_000);
    expect(publish).not.toHaveBeenCalled();
    relay.onText("생수병은 라벨을 떼고");
    await vi.advanceTimersByTimeAsync(200);
    expect(publish.mock.calls).toEqual([["생수병은 라벨을 떼고"]]);
  });
});
