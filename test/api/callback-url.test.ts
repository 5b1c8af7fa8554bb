import { expect, it } from "vitest";
import { callApp } from "../support/worker-requests.ts";
import { buildSecret } from "../support/build-webhook.ts";

const submitWith = (settings: Partial<Env>, callback_url: unknown) =>
  callApp({ WEBHOOK_SECRETS: buildSecret(), ...settings }, "/api/v1/scan", {
    method: "POST",
    headers: { "content-type": "application/json", "x-user-id": "user-1" },
    body: JSON.stringify({ user_input: "생수병", callback_url }),
  });

it.each(["https://hooks.example.com/scan#top", "http://127.0.0.1:9000/", "", null])(
  "a submit with the callback_url %j is accepted",
  async (address) => {
    expect((await submitWith({}, address)).status).toBe(202);
  },
);

it.each([
  "http://hooks.example.com/",
  "https://10.0.0.1/",
  "https://hooks.example.com:8443/",
  "https://a:b@hooks.example.com/",
  `https://hooks.example.com/${"a".repeat(2048)}`,
  7,
])("a submit with the callback_url %j is refused", async (address) => {
  const response = await submitWith({}, address);
  expect(response.status).toBe(422);
  expect(await response.json()).toMatchObject({
    code: "VALIDATION_ERROR",
    errors: [{ path: "callback_url", message: expect.any(String) }],
  });
});

it("names the missing setting when webhooks are not signed", async () => {
  const response = await submitWith({ WEBHOOK_SECRETS: "" }, "https://hooks.example.com/");
  expect(response.status).toBe(422);
  expect(await response.json()).toMatchObject({
    code: "VALIDATION_ERROR",
    detail: expect.stringContaining("WEBHOOK_SECRETS"),
    errors: [{ path: "callback_url", message: expect.any(String) }],
  });
  expect((await submitWith({ WEBHOOK_SECRETS: "" }, null)).status).toBe(202);
});

it("a callback_url is not accepted where the secrets are malformed", async () => {
  const response = await submitWith({ WEBHOOK_SECRETS: "hush" }, "https://hooks.example.com/");
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain("hush");
});
