import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { redriveDue } from "../../src/cron/redrive-due.ts";
import { resetProjection } from "../../src/events/reset-projection.ts";
import { projections } from "../../src/events/projections/projections.ts";
import { stageMessageOf } from "../../src/pipeline/effects.ts";
import { queueRetries } from "../../src/pipeline/stages/define-stage.ts";
import type { JobState } from "../../src/pipeline/job.ts";
import type { DomainEvent } from "../../src/pipeline/domain-event.ts";
import { GrantMessage, ScanEventsMessage } from "../../src/pipeline/messages.ts";
import type { ScanRequest } from "../../src/pipeline/request.ts";
import {
  deadLetterQueueName,
  queueBinding,
  queueName,
  stages,
} from "../../src/pipeline/stages/stage-table.ts";
import {
  catchUpToHead,
  wholeLog,
  allProjectionRows,
  projectionNames,
} from "../support/scan-event-log.ts";
import { seededRandom, shuffle } from "../support/seeded-random.ts";
import { unreliableBroker, type Crash, type QueueSettings } from "../support/unreliable-broker.ts";
import { captured } from "../support/captured-queues-worker.ts";
import { historyRows, statsRows } from "../support/user-history.ts";
import { modelEnv } from "../support/queue-messages.ts";
import { buildSubmission, jobOf, stateOf } from "../support/job-builders.ts";
import {
  expectedGrants,
  expectedHistory,
  expectedStats,
  expectedStatistics,
  typesOf,
} from "../support/expected-rows.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const scanCount = 1_000;
const userCount = 100;
const roundMs = 30_000;
const noLimits = { perDay: null, atOnce: null };

/** Inputs of residents: most categories, ready and not ready, and inputs that cannot be classified. */
const words = [
  "생수병",
  "라벨안뗀생수병",
  "간장 페트병 안 헹궜는데",
  "펌프 달린 샴푸통 안에 샴푸가 좀 남았어요",
  "뽁뽁이",
  "김치 국물 묻은 비닐",
  "스티로폼 박스",
  "소주병",
  "참치캔",
  "헌옷",
  "건전지 다쓴거",
  "형광등",
  "고장난 선풍기",
  "휴지심",
  "피자박스에 기름이 다 배었는데",
  "빨대 뗀 주스팩",
  "침대 매트리스",
  "수박껍질",
  "유통기한지난감기약",
  "오늘 날씨 어때",
];
const regions = [null, "서울특별시 강남구", "부산광역시 북구", "어딘가 먼 곳"];

const random = seededRandom(20261122);
const oneOf = <Item>(items: readonly Item[]): Item | undefined =>
  items[Math.floor(random() * items.length)];

/** A scan's input and model. One in twelve uses the scripted model, which refuses some. */
function request(index: number): Partial<ScanRequest> {
  const region = oneOf(regions) ?? null;
  if (index % 40 === 7) return { user_input: "생수병", model: "no-such-model", region };
  if (index % 12 === 5) {
    const script = index % 24 === 5 ? " [vision:400]" : "";
    return { user_input: `생수병${script} {thousand-${index}}`, model: "gpt-5.2", region };
  }
  return { user_input: oneOf(words) ?? "", region };
}

const stageSettings = new Map<string, QueueSettings>(
  stages.flatMap(({ name, shards, batch }) => [
    ...shards.map((shard): [string, QueueSettings] => [
      queueName(name, shard),
      { batch: batch.size, retries: queueRetries, deadLetters: deadLetterQueueName(name) },
    ]),
    [deadLetterQueueName(name), { batch: 10, retries: 10, deadLetters: null }] as const,
  ]),
);
const effectSettings = new Map<string, QueueSettings>([
  ["scan-events", { batch: 100, retries: 20, deadLetters: null }],
  ["character-ownership", { batch: 50, retries: 5, deadLetters: null }],
  ["user-characters", { batch: 50, retries: 5, deadLetters: null }],
  ["character-match", { batch: 50, retries: 5, deadLetters: null }],
]);

function settingsOf(queue: string): QueueSettings {
  const settings = stageSettings.get(queue) ?? effectSettings.get(queue);
  if (!settings) throw new RangeError(`No settings for the queue ${queue}`);
  return settings;
}

/** Crashes one in `odds` batches at one of its first `calls` calls. */
const crashOnceIn = (odds: number, calls: number) => (): Crash =>
  random() * odds < 1
    ? { call: 1 + Math.floor(random() * calls), when: random() < 0.5 ? "before" : "after" }
    : null;
const living = (): Crash => null;

/** Runs a task for each item, a hundred at a time. */
async function each<Item, Result>(items: readonly Item[], act: (item: Item) => Promise<Result>) {
  const results: Result[] = [];
  for (let first = 0; first < items.length; first += 100) {
    results.push(...(await Promise.all(items.slice(first, first + 100).map(act))));
  }
  return results;
}

async function inspected(jobId: string): Promise<JobState> {
  const state = await stateOf(jobOf(jobId));
  if (!state) throw new Error(`The job ${jobId} is gone`);
  return state;
}

/** The captured messages of some queues that were not returned before. */
function capturedOf(settings: ReadonlyMap<string, unknown>) {
  let seen = 0;
  return () => {
    const fresh = captured.slice(seen).filter(({ queue }) => settings.has(queue));
    seen = captured.length;
    return fresh;
  };
}

it(
  "rewards, counts and records a thousand scans exactly once when messages are duplicated and processes crash",
  { timeout: 300_000 },
  async () => {
    for (const level of ["info", "warn", "error"] as const) {
      vi.spyOn(console, level).mockImplementation(() => {});
    }
    // A day ahead, so that only the alarms that the test runs go off.
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 24 * 60 * 60 * 1000 });
    const bindings = modelEnv();
    const submissions = Array.from({ length: scanCount }, (_, index) =>
      buildSubmission(request(index), { userId: `thousand-${index % userCount}` }),
    );
    await each(submissions, async (submission) => {
      const { jobId, userId } = submission;
      const admission = await env.USER_ACCOUNT.getByName(userId).admit(jobId, noLimits);
      if (!admission.admitted) throw new Error("A scan was not let in");
      const { lane, owned } = admission;
      await jobOf(jobId).submit({ ...submission, lane, owned });
    });

    // Run the scans to their ends.
    const pipeline = unreliableBroker(settingsOf, random);
    const fresh = capturedOf(stageSettings);
    let open: JobState[] = await each(submissions, ({ jobId }) => inspected(jobId));
    const ended: JobState[] = [];
    for (let round = 0; open.length > 0; round++) {
      expect(round).toBeLessThan(150);
      await vi.waitFor(() => expect(unsent(open)).toEqual([]), { timeout: 120_000 });
      await vi.waitFor(async () => expect(await backlog()).toBe(0), { timeout: 120_000 });
      pipeline.take(fresh());
      // Not during the reward stage: other tests cover a cancellation then.
      const calledOff = shuffle(open, random).filter(({ stage }) => stage !== "reward");
      await each(round < 2 ? calledOff.slice(0, 40) : [], async ({ jobId, userId }) => {
        await jobOf(jobId).cancel(userId);
      });
      await pipeline.deliver(bindings, round < 6 ? crashOnceIn(3, 100) : living);
      await each(shuffle(open, random).slice(0, round < 6 ? 100 : 0), async ({ jobId }) => {
        // Only an object that is in memory can be evicted.
        await stateOf(jobOf(jobId));
        await evictDurableObject(jobOf(jobId));
      });
      vi.setSystemTime(Date.now() + roundMs);
      if (round > 0) await each(open, ({ jobId }) => runDurableObjectAlarm(jobOf(jobId)));
      if (round % 10 === 9) await redriveDue(bindings);
      const states = await each(open, ({ jobId }) => inspected(jobId));
      ended.push(...states.filter(({ endedAt }) => endedAt !== null));
      open = states.filter(({ endedAt }) => endedAt === null);
    }
    expect(pipeline.crashes()).toBeGreaterThan(20);
    const outcomes = Map.groupBy(ended, ({ status }) => status);
    expect(outcomes.get("completed")?.length).toBeGreaterThan(800);
    expect(outcomes.get("failed")?.length).toBeGreaterThan(50);
    expect(outcomes.get("cancelled")?.length).toBeGreaterThan(50);

    // Deliver their effects.
    const grants = expectedGrants(ended);
    const nextEffects = capturedOf(effectSettings);
    const effects = unreliableBroker(settingsOf, random);
    await vi.waitFor(() => expect(unpublishedEffects(ended, grants)).toEqual([]), {
      timeout: 120_000,
    });
    effects.take(shuffle(nextEffects(), random));
    for (let round = 0; effects.waiting() > 0; round++) {
      expect(round).toBeLessThan(60);
      await effects.deliver(bindings, round < 3 ? crashOnceIn(2, 8) : living);
      vi.setSystemTime(Date.now() + roundMs);
    }
    expect(effects.crashes()).toBeGreaterThan(10);
    await catchUpToHead();

    // Each user has each character once, granted by a scan that announced it as new.
    const rewarded = ended.filter(({ checkpoints }) => checkpoints.reward?.reward);
    const byOwner = Map.groupBy(rewarded, ({ userId, checkpoints }) =>
      [userId, checkpoints.reward?.reward?.code].join(),
    );
    // Words alone give each user one new character a day.
    expect(byOwner.size).toBeGreaterThan(userCount - 10);
    expect(rewarded.length).toBeGreaterThan(byOwner.size);
    const characters = await all("SELECT * FROM user_characters ORDER BY user_id, code");
    expect(characters).toHaveLength(byOwner.size);
    for (const row of characters) expect(grants).toContainEqual(row);
    const ownerships = await all(
      "SELECT * FROM character_ownerships ORDER BY user_id, character_code",
    );
    expect(ownerships).toEqual(
      characters.map(({ id, user_id, code, acquired_at }) => ({
        id,
        user_id,
        character_code: code,
        acquired_at,
      })),
    );

    // The log has each scan's events in order, without gaps or duplicates.
    const log = await wholeLog();
    const byJob = Map.groupBy(log, ({ job_id }) => job_id);
    expect(byJob.size).toBe(scanCount);
    for (const state of ended) {
      const events = byJob.get(state.jobId) ?? [];
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index));
      expect(events.map(({ type }) => type).filter((it) => it !== "scan.parked")).toEqual(
        typesOf(state),
      );
      expect(new Set(events.map(({ user_id }) => user_id))).toEqual(new Set([state.userId]));
    }

    // Each user's object has the user's history, totals and characters.
    const byUser = Map.groupBy(ended, ({ userId }) => userId);
    await each([...byUser], async ([userId, scans]) => {
      expect(await historyRows(userId)).toEqual(expectedHistory(scans));
      expect(await statsRows(userId)).toMatchObject(expectedStats(scans));
      const owned = await env.USER_ACCOUNT.getByName(userId).characters(userId);
      expect(owned.map(({ code }) => code).toSorted()).toEqual(
        characters.filter(({ user_id }) => user_id === userId).map(({ code }) => code),
      );
    });

    // The projections are exact, before and after a rebuild.
    expect(
      await all(
        "SELECT * FROM daily_statistics ORDER BY day, region, major, middle, model, outcome",
      ),
    ).toEqual(expectedStatistics(ended));
    expect(await all("SELECT * FROM dead_letters WHERE kind = 'projection'")).toEqual([]);
    const before = await allProjectionRows();
    for (const reader of projections) {
      await resetProjection(env.DB, reader, { by: "test", why: "proof" });
    }
    expect(await allProjectionRows()).toEqual(projectionNames.map(() => ""));
    await catchUpToHead();
    expect(await allProjectionRows()).toEqual(before);
  },
);

const all = async (query: string) => (await env.DB.prepare(query).all()).results;

/** How many stage messages are sent and not yet captured. */
async function backlog(): Promise<number> {
  const bindings = stages.flatMap(({ name, shards }) =>
    shards.map((shard) => queueBinding(name, shard)),
  );
  const metrics = await Promise.all(bindings.map((it) => env[it].metrics()));
  return metrics.reduce((sum, { backlogCount }) => sum + backlogCount, 0);
}

/** The scans that are ready to run and of which no message was captured. */
function unsent(open: readonly JobState[]): string[] {
  const seen = new Set(captured.map(({ body }) => JSON.stringify(body)));
  return open.flatMap((state) => {
    const waits = state.attempt === 0 && state.lease === null && state.status !== "parked";
    const message = JSON.stringify(stageMessageOf(state));
    return waits && !seen.has(message) ? [message] : [];
  });
}

/** The effects that scans have not published: the end of each, and both writes of each user's character. */
function unpublishedEffects(
  ended: readonly JobState[],
  grants: readonly { user_id: string; code: string }[],
): string[] {
  const published = new Set(
    captured.flatMap(({ queue, body }) => {
      const events = ScanEventsMessage.safeParse(body).data;
      const isEnd = ({ type }: DomainEvent) => type === "scan.completed" || type === "scan.failed";
      if (events) return events.events.some(isEnd) ? [`${queue} ${events.jobId}`] : [];
      const grant = GrantMessage.safeParse(body).data;
      return grant ? [`${queue} ${grant.userId} ${grant.character.code}`] : [];
    }),
  );
  const expected = [
    ...ended.map(({ jobId }) => `scan-events ${jobId}`),
    ...grants.flatMap(({ user_id, code }) => [
      `character-ownership ${user_id} ${code}`,
      `user-characters ${user_id} ${code}`,
    ]),
  ];
  return expected.filter((it) => !published.has(it));
}
