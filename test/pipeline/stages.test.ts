import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { defineStage } from "../../src/pipeline/stages/define-stage.ts";
import { stages } from "../../src/pipeline/stages/stage-table.ts";
import { answer } from "../../src/pipeline/stages/answer.ts";
import { reward } from "../../src/pipeline/stages/reward.ts";
import { vision } from "../../src/pipeline/stages/vision.ts";
import { Classification } from "../../src/pipeline/taxonomy.ts";
import type { Ports } from "../../src/ports.ts";
import { buildSubmission, stageOutputs } from "../support/job-builders.ts";

const never = () => Promise.reject(new Error("this port is not to be used"));
const petty = {
  code: "char-petty",
  name: "페티",
  type: "재활용",
  dialog: "!",
  match: "무색페트병",
};

const portsWith = (ports: Partial<Ports>): Ports => ({
  model: () => ({ classify: never, answer: never }),
  regulations: { version: never, ruleOf: never },
  characters: { matching: never },
  rewards: { allowForWords: never },
  ...ports,
});
const { signal } = new AbortController();
const { request } = buildSubmission();

describe("the stage table", () => {
  it("has the limits of the domain", () => {
    const limits = stages.map((it) => [it.name, it.attempts, it.deadlineMs, it.ttlMs]);
    expect(limits).toEqual([
      ["vision", 4, 60_000, 3_600_000],
      ["rule", 4, 10_000, 300_000],
      ["answer", 4, 60_000, 3_600_000],
      ["reward", 4, 30_000, 3_600_000],
    ]);
  });

  it("goes from 0 to 100 percent without a gap", () => {
    expect(stages.flatMap(({ progress }) => [progress.from, progress.to])).toEqual([
      0, 25, 25, 50, 50, 75, 75, 100,
    ]);
  });

  it.each([{ attempts: 0 }, { ttlMs: 1 }, { progress: { from: 50, to: 25 } }])(
    "refuses a row with %j when it is loaded",
    (wrong) => {
      expect(() => defineStage({ ...vision, ...wrong })).toThrow(RangeError);
    },
  );

  it("parses the input and the output of a stage", async () => {
    const stage = defineStage({
      ...vision,
      input: z.object({ request: z.string() }),
      output: z.strictObject({ length: z.number() }),
      run: ({ request: text }) => Promise.resolve({ length: text.length }),
    });
    const ports = portsWith({});
    expect(await stage.execute({ request: "abc", more: 1 }, ports, signal)).toEqual({ length: 3 });
    await expect(stage.execute({ request: 1 }, ports, signal)).rejects.toThrow(z.ZodError);
  });
});

describe("a classification", () => {
  it.each([
    ["재활용폐기물", "무색페트병", true],
    ["재활용폐기물", "재활용폐기물", false],
    ["대형폐기물", "대형폐기물", true],
    ["대형폐기물", "무색페트병", false],
    ["우주쓰레기", "우주쓰레기", false],
  ])("%s > %s: %s", (major_category, middle_category, legal) => {
    const parsed = Classification.safeParse({
      major_category,
      middle_category,
      minor_category: null,
    });
    expect(parsed.success).toBe(legal);
  });
});

describe("vision", () => {
  const { classification, situation_tags, notice, calls } = stageOutputs.vision;
  const classified = { classification, situation_tags, notice, calls };
  const regulations = { version: () => Promise.resolve("7"), ruleOf: never };
  const seeing = (other_items: string[] | undefined) =>
    portsWith({
      regulations,
      model: () => ({
        classify: () => Promise.resolve({ ...classified, other_items }),
        answer: never,
      }),
    });

  it.each([
    [undefined, undefined],
    [[], undefined],
    [["생수병"], undefined],
    [["생수병", "음료수 캔"], ["음료수 캔"]],
  ])("has of the other items %j those that are not the item itself", async (named, others) => {
    const input = { request, spent_usd: 0 };
    const { other_items } = await vision.execute(input, seeing(named), signal);
    expect(other_items).toEqual(others);
  });
});

describe("the answer", () => {
  it("calls no model when there is no rule, and shows the notice of vision", async () => {
    const input = {
      request,
      vision: { ...stageOutputs.vision, notice: "사진을 볼 수 없어요." },
      rule: { rule: null, region: null },
      spent_usd: 0,
    };
    expect(await answer.execute(input, portsWith({}), signal)).toEqual({
      disposal_steps: {},
      insufficiencies: ["배출 규정 매칭 실패"],
      user_answer: "사진을 볼 수 없어요.",
      calls: [],
    });
  });

  it("numbers at most ten steps in order", async () => {
    const steps = Array.from({ length: 12 }, (_, index) => `${index + 1}번`);
    const written = {
      steps,
      insufficiencies: [],
      user_answer: "네",
      calls: stageOutputs.vision.calls,
    };
    const model = () => ({ classify: never, answer: () => Promise.resolve(written) });
    const input = { request, spent_usd: 0, vision: stageOutputs.vision, rule: stageOutputs.rule };
    const { disposal_steps } = await answer.execute(input, portsWith({ model }), signal);
    expect(Object.entries(disposal_steps).at(0)).toEqual(["단계1", "1번"]);
    expect(Object.entries(disposal_steps).at(-1)).toEqual(["단계10", "10번"]);
  });
});

describe("the reward", () => {
  const owner = { job_id: "job-1", user_id: "user-1" };
  const input = {
    owner,
    vision: stageOutputs.vision,
    rule: stageOutputs.rule,
    answer: stageOutputs.answer,
  };
  const characters = { matching: () => Promise.resolve(petty) };

  it("matches the character of the middle category", async () => {
    expect(await reward.execute(input, portsWith({ characters }), signal)).toEqual({
      reward: {
        code: "char-petty",
        name: "페티",
        type: "재활용",
        dialog: "!",
        match_reason: "무색페트병>생수병",
        already_owned: false,
      },
      reward_pending: false,
    });
  });

  it("marks a character that the user owned at admission", async () => {
    const scan = { ...input, owner: { ...owner, owned: ["char-metally", "char-petty"] } };
    expect(await reward.execute(scan, portsWith({ characters }), signal)).toMatchObject({
      reward: { code: "char-petty", already_owned: true },
    });
  });

  it.each<[string, Partial<typeof input>]>([
    [
      "something is left to be done",
      { answer: { ...stageOutputs.answer, insufficiencies: ["라벨을 떼 주세요."] } },
    ],
    ["there is no rule", { rule: { rule: null, region: null } }],
    [
      "it is not recyclable",
      {
        vision: {
          ...stageOutputs.vision,
          classification: {
            major_category: "대형폐기물",
            middle_category: "대형폐기물",
            minor_category: null,
          },
        },
      },
    ],
  ])("grants nothing and makes no call when %s", async (_, rest) => {
    expect(await reward.execute({ ...input, ...rest }, portsWith({}), signal)).toEqual({
      reward: null,
      reward_pending: false,
    });
  });

  it("ignores blank insufficiencies, and names the middle category when the item has no name", async () => {
    const unnamed = {
      ...input,
      answer: { ...stageOutputs.answer, insufficiencies: [" "] },
      vision: {
        ...stageOutputs.vision,
        classification: { ...stageOutputs.vision.classification, minor_category: null },
      },
    };
    expect(await reward.execute(unnamed, portsWith({ characters }), signal)).toMatchObject({
      reward: { match_reason: "무색페트병" },
    });
  });

  it("leaves the reward pending when the catalog is down", async () => {
    expect(await reward.execute(input, portsWith({}), signal)).toEqual({
      reward: null,
      reward_pending: true,
    });
  });

  it("leaves the reward pending after ten seconds when the catalog is slow", async () => {
    vi.useFakeTimers();
    const slow = { matching: () => new Promise<never>(() => {}) };
    const run = reward.execute(input, portsWith({ characters: slow }), signal);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await run).toEqual({ reward: null, reward_pending: true });
    vi.useRealTimers();
  });

  it.each([
    ["gives the character that the account allows for words alone", true, { code: "char-petty" }],
    ["gives none for words alone once the day's new one is given", false, null],
  ])("%s", async (_, allowed, given) => {
    const asked: string[] = [];
    const rewards = {
      allowForWords: (_owner: unknown, code: string) => {
        asked.push(code);
        return Promise.resolve(allowed);
      },
    };
    const scan = { ...input, owner: { ...owner, words_only: true } };
    const output = await reward.execute(scan, portsWith({ characters, rewards }), signal);
    expect(asked).toEqual(["char-petty"]);
    if (given) expect(output).toMatchObject({ reward: given });
    else expect(output).toEqual({ reward: null, reward_pending: false, refusal: "words_limit" });
  });

  it("asks nothing of the account for words whose character the user owns already", async () => {
    const scan = { ...input, owner: { ...owner, words_only: true, owned: ["char-petty"] } };
    expect(await reward.execute(scan, portsWith({ characters }), signal)).toMatchObject({
      reward: { code: "char-petty", already_owned: true },
    });
  });

  it("leaves the reward pending when the account is not reached", async () => {
    const scan = { ...input, owner: { ...owner, words_only: true } };
    expect(await reward.execute(scan, portsWith({ characters }), signal)).toEqual({
      reward: null,
      reward_pending: true,
    });
  });

  it("is not pending when the catalog has no character for the class", async () => {
    const none = { matching: () => Promise.resolve(null) };
    expect(await reward.execute(input, portsWith({ characters: none }), signal)).toEqual({
      reward: null,
      reward_pending: false,
    });
  });

  it("reads the output of an earlier version as not pending", () => {
    expect(reward.output.parse({ reward: null })).toEqual({ reward: null, reward_pending: false });
  });
});
