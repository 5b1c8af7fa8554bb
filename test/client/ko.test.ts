import { describe, expect, it } from "vitest";
import { codesWithoutMessages } from "../../client/build/codes-without-messages.ts";
import {
  failureMessages,
  failureMessage,
  problemMessages,
  problemMessage,
} from "../../client/src/ko.ts";
import { problems } from "../../src/api/problem.ts";
import { failureCodes } from "../../src/pipeline/failure-codes.ts";

const korean = /^[가-힣A-Z].*요\.$/;

describe("the words for residents", () => {
  it("are there for each failure of a scan", () => {
    expect(Object.keys(failureMessages).toSorted()).toEqual(failureCodes.toSorted());
    for (const code of failureCodes) expect(failureMessage(code), code).toMatch(korean);
  });

  it("are there for each problem of the API", () => {
    expect(Object.keys(problemMessages).toSorted()).toEqual(Object.keys(problems).toSorted());
    for (const [code, words] of Object.entries(problemMessages))
      expect(words, code).toMatch(korean);
  });

  it("are asked for by name when a code has none yet, as after `npm run client:types`", () => {
    const known = { name: "KnownFailureCode", type: '"MODEL_REFUSED"' };
    const type = '"NOT_FOUND" | "NEW_CODE" | "NEWER_CODE"';
    expect(codesWithoutMessages([known, { name: "ProblemCode", type }])).toEqual([
      "client/src/ko/problem-messages.ts has no Korean words yet for NEW_CODE, NEWER_CODE.",
    ]);
    expect(codesWithoutMessages([known, { name: "Stage", type: '"vision"' }])).toEqual([]);
  });

  it("are general for codes of a later version, and of proxies", () => {
    expect(failureMessage("FROM_LATER")).toBe("알 수 없는 문제가 생겼어요.");
    expect(failureMessage(null)).toBe("알 수 없는 문제가 생겼어요.");
    const refused = (status: number, code: string | null) =>
      problemMessage({ status, code, errors: [] }).words;
    expect(refused(409, "FROM_LATER")).toBe("요청이 받아들여지지 않았어요.");
    expect(refused(503, "FROM_LATER")).toMatch(/^서버에 문제가 생겼어요\./);
    expect(refused(429, null)).toMatch(/^요청이 너무 많았어요\./);
    expect(refused(0, "UNREACHABLE")).toMatch(/^서버에 닿지 못했어요\./);
  });

  it("say that the day's scans are used up when the next one is not soon", () => {
    const refused = (retryAfter: number | null) =>
      problemMessage({ status: 429, code: "RATE_LIMITED", errors: [], retryAfter }).words;
    expect(refused(9 * 60 * 60)).toBe(
      "오늘 쓸 수 있는 횟수를 다 썼어요. 자정이 지나면 다시 할 수 있어요.",
    );
    for (const seconds of [5, 60, null])
      expect(refused(seconds)).toMatch(/^요청이 너무 많았어요\./);
  });
});
