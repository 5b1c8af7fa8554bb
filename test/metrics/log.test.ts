import { afterEach, describe, expect, it, vi } from "vitest";
import { log, redacted } from "../../src/platform/log.ts";

afterEach(() => vi.restoreAllMocks());

describe("a line of the log", () => {
  it.each([
    [
      "a photo's address",
      "Error while downloading https://photos.example.com/u1/my-house.jpg?X-Amz-Signature=abc.",
      "Error while downloading https://photos.example.com/…",
    ],
    [
      "a private path",
      "GET http://localhost:8787/api/v1/images/k?token=t failed",
      "GET http://localhost:8787/… failed",
    ],
    ["credentials in an address", "to wss://me:pw@example.com/x", "to wss://example.com/…"],
    [
      "a query of a path",
      "no /api/v1/scan/1/events?token=abc.def&after=3 here",
      "no /api/v1/scan/1/events?… here",
    ],
    [
      "a bearer token",
      "Authorization: Bearer abc.def-ghi refused",
      "Authorization: Bearer … refused",
    ],
    ["a key", "Incorrect API key provided: sk-proj-abc123.", "Incorrect API key provided: …."],
    ["a signing secret", "bad whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "bad …"],
    ["a session token", "jwt eyJhbGciOi.eyJzdWIiOiJ1.c2ln is old", "jwt … is old"],
    ["an inline photo", "cannot read data:image/png;base64,iVBORw0KGgo=", "cannot read data:…"],
    [
      "a resident's words",
      `SyntaxError: Unexpected token '내', "내 주소는 "서울" 어디"... is not valid JSON`,
      `SyntaxError: Unexpected token '내', "…" is not valid JSON`,
    ],
  ])("does not have %s", (_, text, left) => {
    expect(redacted(text)).toBe(left);
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    log("warn", "test", { text });
    expect(warn.mock.calls).toEqual([[JSON.stringify({ event: "test", text: left })]]);
  });

  it.each([
    "Error: D1_ERROR: no such table: events: SQLITE_ERROR",
    "RangeError: at consume (file:///app/queues/stage-loop.ts:12:3)",
    "Did it end? It did, in 5 s = long",
    "2026-11-22T09:00:00.000Z 00-0123456789abcdef0123456789abcdef-0123456789abcdef-01",
  ])("keeps %s", (text) => {
    expect(redacted(text)).toBe(text);
  });

  it("is redacted in every field, also within others", () => {
    const error = vi.spyOn(console, "error").mockReturnValue();
    log("error", "test", { job: "1", list: [{ text: "see https://a.example/b?c=d" }], n: 2 });
    expect(error.mock.calls).toEqual([
      ['{"event":"test","job":"1","list":[{"text":"see https://a.example/…"}],"n":2}'],
    ]);
  });
});
