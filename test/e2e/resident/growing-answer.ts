import { expect, vi } from "vitest";
import { ResultBody } from "../../../src/pipeline/result-body.ts";
import type { Resident } from "./resident.ts";

/** What the scripted model answers a little at a time. */
export const slow = () => `생수병 [answer:slower] {${crypto.randomUUID()}}`;

/** Waits for partial text, and returns it. */
export async function partialText({ answer }: Resident): Promise<string> {
  await vi.waitUntil(async () => ((await answer().textContent()) ?? "").length > 5, 30_000);
  return (await answer().textContent()) ?? "";
}

/** The answer of the current scan, from the server. */
export async function answerOfServer({ page }: Resident): Promise<string | undefined> {
  const result = await page.evaluate(async () => {
    const path = `/api/v1/scan/${location.pathname.split("/").at(-1)}/result`;
    const headers = { "x-user-id": localStorage.getItem("eco2-user") ?? "" };
    const answer = await fetch(path, { headers });
    // For a guest the id hides the session.
    const body: unknown = await (answer.ok ? answer : await fetch(path)).json();
    return body;
  });
  return ResultBody.parse(result).pipeline_result?.final_answer.user_answer;
}

/** Expects that the answer has only grown, from `start` to the server's answer. */
export async function expectGrowingAnswer(resident: Resident, start: string) {
  const { page, outcome, answer } = resident;
  await outcome().waitFor();
  const whole = (await answerOfServer(resident)) ?? "";
  const texts = await page.evaluate(() => globalThis.answerTexts);
  expect(await answer().textContent()).toBe(whole);
  expect(texts[0]?.startsWith(start)).toBe(true);
  expect(texts.filter((text) => !whole.startsWith(text))).toEqual([]);
  expect(texts).toEqual(texts.toSorted((a, b) => a.length - b.length));
  expect(texts.at(-1)).toBe(whole);
  return texts;
}
