import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { failingObjects, overloaded } from "../support/failing-objects.ts";
import { appFetch } from "../support/app-fetch.ts";

const headers = { "content-type": "application/json", "x-user-id": "user-1" };
const scan = { method: "POST", headers, body: JSON.stringify({ user_input: "생수병" }) };

/** A submit while each call of an object fails. */
const submitTo = (binding: "USER_ACCOUNT" | "SCAN_JOB", error: Error) =>
  appFetch({ [binding]: failingObjects(env[binding], error) }, "http://localhost")(
    "/api/v1/scan",
    scan,
  );

const full = /storage is full/;
const soon = /in a moment/;
const errors = [
  { name: "an overload", error: overloaded, seconds: "5", detail: soon },
  { name: "a reset", error: new Error("Network connection lost."), seconds: "5", detail: soon },
  {
    name: "a full disk",
    error: new Error("database or disk is full: SQLITE_FULL"),
    seconds: "60",
    detail: full,
  },
  {
    name: "a full file system",
    error: new Error("write(): No space left on device; ENOSPC"),
    seconds: "60",
    detail: full,
  },
  {
    // What a Worker is told of a disk that is full, in workerd.
    name: "a failure that the runtime hides",
    error: new Error("internal error; reference = j26h8496rscmhtgpjgjn7fdd"),
    seconds: "60",
    detail: /or is full; its operator finds the reason/,
  },
];

describe.each(["USER_ACCOUNT", "SCAN_JOB"] as const)("a submit whose %s fails", (binding) => {
  it.each(errors)("is 503 after $name, and says what to do", async ({ error, seconds, detail }) => {
    const response = await submitTo(binding, error);
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe(seconds);
    expect(await response.json()).toMatchObject({
      code: "UNAVAILABLE",
      detail: expect.stringMatching(detail),
    });
  });

  it("is 500 after any other error, whose text is not shown", async () => {
    const response = await submitTo(binding, new Error("a secret"));
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("secret");
  });
});
