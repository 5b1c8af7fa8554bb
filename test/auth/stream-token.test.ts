import { afterEach, describe, expect, it, vi } from "vitest";
import { verifyStreamToken, signStreamToken } from "../../src/auth/stream-token.ts";
import { utf8, goodClaims, secret, signToken, unsignedToken } from "../support/sign-token.ts";

afterEach(() => {
  vi.useRealTimers();
});

const key = utf8(secret);
const aJob = () => ({ jobId: crypto.randomUUID(), userId: "user-1" });

describe("a stream token", () => {
  it("is valid for its user and job for ten minutes", async () => {
    const job = aJob();
    const pass = await signStreamToken(key, job);
    expect(await verifyStreamToken(key, pass, job.jobId)).toMatchObject({
      verdict: "valid",
      sub: "user-1",
    });
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(Date.now() + 10 * 60_000 - 2_000);
    expect(await verifyStreamToken(key, pass, job.jobId)).toMatchObject({ verdict: "valid" });
    vi.setSystemTime(Date.now() + 2_000);
    expect(await verifyStreamToken(key, pass, job.jobId)).toEqual({ verdict: "expired" });
  });

  it("is refused for another job", async () => {
    const pass = await signStreamToken(key, aJob());
    expect(await verifyStreamToken(key, pass, aJob().jobId)).toEqual({ verdict: "other_job" });
  });

  it("is refused under another key, and without a key", async () => {
    const job = aJob();
    const pass = await signStreamToken(key, job);
    const other = utf8("another secret, thirty-two bytes or more");
    expect(await verifyStreamToken(other, pass, job.jobId)).toEqual({ verdict: "expired" });
    expect(await verifyStreamToken(null, pass, job.jobId)).toEqual({ verdict: "expired" });
  });

  it("is the only kind of token that is accepted", async () => {
    const { jobId } = aJob();
    const claims = { ...goodClaims(), job: jobId };
    for (const token of [
      await signToken(claims),
      await signToken(claims, key, { alg: "HS256", typ: "JWT" }),
      unsignedToken({ alg: "none", typ: "stream+jwt" }, claims, "x"),
    ]) {
      expect(await verifyStreamToken(key, token, jobId)).toEqual({ verdict: "expired" });
    }
  });

  it.each(["guess", "", "a.b", "a.b.c.d", "a.b.c\n", "ä.b.c", "a".repeat(3_000)])(
    "is malformed as %j",
    async (text) => {
      expect(await verifyStreamToken(key, text, aJob().jobId)).toEqual({ verdict: "malformed" });
    },
  );
});
