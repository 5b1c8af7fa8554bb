import { describe, expect, it } from "vitest";
import { callWorker } from "../support/worker-requests.ts";

const aUser = () => `user-${crypto.randomUUID()}`;

describe("a user who wants to be forgotten", () => {
  it("is given a receipt that only they can read", async () => {
    const user = aUser();
    const asked = await callWorker("/api/v1/users/me", { user, method: "DELETE" });
    expect(asked.status).toBe(202);
    const { id, receipt_url } = await asked.json<{ id: string; receipt_url: string }>();
    expect(asked.headers.get("location")).toBe(receipt_url);
    const receipt = await callWorker(receipt_url, { user });
    expect(receipt.status).toBe(200);
    expect(await receipt.json()).toMatchObject({
      id,
      status: expect.stringMatching(/^(running|done)$/),
      removed: expect.any(Object),
      requested_at: expect.any(String),
    });
    expect((await callWorker(receipt_url, { user: aUser() })).status).toBe(404);
  });

  it.each(["not-an-id", crypto.randomUUID()])("has no receipt %s", async (id) => {
    const response = await callWorker(`/api/v1/users/me/erasures/${id}`, { user: aUser() });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: "NOT_FOUND" });
  });

  it("has to be known", async () => {
    const asked = await callWorker("/api/v1/users/me", { user: null, method: "DELETE" });
    expect(asked.status).toBe(401);
  });
});
