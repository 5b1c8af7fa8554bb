import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import {
  deleteAttemptMinutes,
  deliveryInMinute,
  longAttempt,
  openAttempts,
  OpenAttempts,
} from "../../src/metrics/attempts-by-minute.ts";
import { metrics } from "../../src/metrics/metrics-buffer.ts";

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  await metrics.flush(env.DB, "now");
  await env.DB.prepare("DELETE FROM metric_counters").run();
});
afterEach(() => vi.useRealTimers());

const wait = (ms: number) => vi.setSystemTime(Date.now() + ms);
const minuteMs = 60_000;

async function open() {
  await metrics.flush(env.DB, "now");
  const now = Date.now();
  const { results } = await openAttempts(env.DB, now - 30 * minuteMs, now).all();
  return OpenAttempts.parse(results);
}
/** An attempt whose lease was renewed. */
function renewed() {
  const work = longAttempt(env, "vision");
  work.goesOn();
  work.goesOn();
  return work;
}

it("knows no attempt that is over before its lease is renewed", async () => {
  longAttempt(env, "vision").ends();
  expect(await open()).toEqual([]);
});

it("has a long attempt at work until it ends", async () => {
  const work = renewed();
  expect(await open()).toEqual([{ stage: "vision", unended: 1, at_work: 1, deliveries: 0 }]);
  wait(minuteMs);
  work.ends();
  expect(await open()).toEqual([{ stage: "vision", unended: 0, at_work: 0, deliveries: 0 }]);
});

it("has one that crashed without an end for half an hour, and at work for two minutes", async () => {
  renewed();
  wait(3 * minuteMs);
  expect(await open()).toMatchObject([{ unended: 1, at_work: 0 }]);
  wait(28 * minuteMs);
  expect(await open()).toEqual([]);
});

it("has deliveries of this minute and the one before, by stage", async () => {
  metrics.add([deliveryInMinute(Date.now(), "rule"), deliveryInMinute(Date.now(), "answer")]);
  wait(minuteMs);
  metrics.add([deliveryInMinute(Date.now(), "rule")]);
  const deliveries = async () =>
    Object.fromEntries((await open()).map((it) => [it.stage, it.deliveries]));
  expect(await deliveries()).toEqual({ rule: 2, answer: 1 });
  wait(minuteMs);
  expect(await deliveries()).toEqual({ rule: 1, answer: 0 });
});

it("deletes what nobody looks back to", async () => {
  renewed();
  expect(await open()).toHaveLength(1);
  metrics.add([deliveryInMinute(Date.now(), "rule")]);
  expect(await open()).toHaveLength(2);
  await deleteAttemptMinutes(env.DB, Date.now() + minuteMs).run();
  expect(await open()).toEqual([]);
});
