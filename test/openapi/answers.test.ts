import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { documented, expectDocumented, responseOf } from "./document.ts";
import { imageDrives } from "./drives/image-drives.ts";
import { logDrives } from "./drives/log-drives.ts";
import { opsDrives } from "./drives/ops-drives.ts";
import { publicDrives } from "./drives/public-drives.ts";
import { scanDrives } from "./drives/scan-drives.ts";
import { userDrives } from "./drives/user-drives.ts";
import type { Drives } from "./driving.ts";
import { refused } from "./problem-drives.ts";
import { problems, type ProblemCode } from "../../src/api/problem.ts";

const driven: Drives = {
  ...scanDrives,
  ...imageDrives,
  ...publicDrives,
  ...userDrives,
  ...opsDrives,
  ...logDrives,
};

/** Any operation may answer these. They are brought about for some. */
const anywhere = new Set(["INTERNAL_ERROR", "UNAVAILABLE"]);

const isCode = (text: string): text is ProblemCode => text in problems;

/** What a drive is named after: a status, a problem, or both. */
function expectedOf(name: string) {
  const [first = "", second = ""] = name.split(" ");
  const code = [first, second].find(isCode) ?? null;
  return { code, status: code ? problems[code][0] : Number(first) };
}

const all = [driven, refused].flatMap((drives) =>
  Object.entries(drives).flatMap(([id, cases]) =>
    Object.entries(cases).map(([name, ask]) => Object.assign({ id, name, ask }, expectedOf(name))),
  ),
);

// What is brought to fail is logged.
beforeEach(() => {
  vi.spyOn(console, "error").mockReturnValue();
  vi.spyOn(console, "warn").mockReturnValue();
});
afterEach(() => void vi.restoreAllMocks());

describe("the drives", () => {
  it("reach every answer of every operation that is no problem", () => {
    const reached = new Set(all.map(({ id, status }) => `${id} ${status}`));
    const left = documented.flatMap(({ operationId, responses }) =>
      Object.keys(responses)
        .filter((status) => {
          const content = responseOf(operationId, status)?.content ?? {};
          return /^\d+$/.test(status) && !("application/problem+json" in content);
        })
        .map((status) => `${operationId} ${status}`)
        .filter((it) => !reached.has(it)),
    );
    expect(left).toEqual([]);
  });

  it("reach every problem of every operation, but for mistakes of ours and of the platform", () => {
    const reached = new Set(all.map(({ id, code }) => `${id} ${code}`));
    const left = documented.flatMap(({ operationId, responses }) =>
      Object.keys(responses).flatMap((status) =>
        Object.keys(
          responseOf(operationId, status)?.content?.["application/problem+json"]?.examples ?? {},
        )
          .filter((code) => !anywhere.has(code))
          .map((code) => `${operationId} ${code}`)
          .filter((it) => !reached.has(it)),
      ),
    );
    expect(left).toEqual([]);
  });
});

describe.each(documented.map(({ operationId }) => operationId))("%s", (id) => {
  const its = all.filter((it) => it.id === id);

  it.each(its.map((it) => [it.name, it] as const))("answers as documented: %s", async (_, it) => {
    const response = await it.ask();
    if (response.status !== it.status) {
      throw new Error(`Expected ${it.status}: ${response.status} ${await response.text()}`);
    }
    const problem = it.code === null ? null : await response.clone().json<{ code: string }>();
    expect(problem?.code ?? null).toBe(it.code);
    await expectDocumented(id, response);
  });
});
