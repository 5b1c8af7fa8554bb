import { expect, it } from "vitest";
import { callApp } from "../support/worker-requests.ts";
import { WebhookType } from "../../src/pipeline/webhook-types.ts";
import { jobOf, stateOf } from "../support/job-builders.ts";
import { buildSecret } from "../support/build-webhook.ts";

const submitWith = (settings: Partial<Env>, callback_url: unknown, more: object = {}) =>
  callApp({ WEBHOOK_SECRETS: buildSecret(), ...settings }, "/api/v1/scan", {
    method: "POST",
    headers: { "content-type": "application/json", "x-user-id": "user-1" },
    body: JSON.stringify({ user_input: "생수병", callback_url, ...more }),
  });

const url = "https://hooks.example.com/";

/** The types that an accepted scan has asked for. */
async function askedTypes(response: Response): Promise<unknown> {
  const { job_id } = await response.json<{ job_id: string }>();
  return (await stateOf(jobOf(job_id)))?.request.callback_events;
}

it.each<[unknown, string[] | undefined]>([
  [["scan.answered"], ["scan.answered"]],
  ["scan.completed, scan.answered,scan.answered", ["scan.answered", "scan.completed"]],
  [[], undefined],
  ["", undefined],
  [null, undefined],
])("a submit with the callback_events %j asks for %j", async (callback_events, types) => {
  const response = await submitWith({}, url, { callback_events });
  expect(response.status).toBe(202);
  expect(await askedTypes(response)).toEqual(types);
});

it("takes callback_events from a form, in one field or in many", async () => {
  for (const fields of [["scan.answered,scan.failed"], ["scan.failed", "scan.answered"]]) {
    const body = new FormData();
    body.set("user_input", "생수병");
    body.set("callback_url", url);
    for (const field of fields) body.append("callback_events", field);
    const settings = { WEBHOOK_SECRETS: buildSecret() };
    const headers = { "x-user-id": "user-1" };
    const response = await callApp(settings, "/api/v1/scan", { method: "POST", headers, body });
    expect(response.status).toBe(202);
    expect(await askedTypes(response)).toEqual(["scan.answered", "scan.failed"]);
  }
});

it.each([["scan.lost"], ["scan.answered", "scan.lost"], "scan.lost", 7, { type: "scan.answered" }])(
  "a submit with the callback_events %j is refused",
  async (...callback_events) => {
    const given = callback_events.length > 1 ? callback_events : callback_events[0];
    const response = await submitWith({}, url, { callback_events: given });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      code: "VALIDATION_ERROR",
      errors: [{ path: expect.stringMatching(/^callback_events/) }],
    });
  },
);

it("lists the known types when one is unknown", async () => {
  const response = await submitWith({}, url, { callback_events: ["scan.lost"] });
  const text = await response.text();
  for (const type of WebhookType.options) expect(text).toContain(type);
});

it("refuses callback_events without a callback_url", async () => {
  const response = await submitWith({}, null, { callback_events: ["scan.answered"] });
  expect(response.status).toBe(422);
  expect(await response.json()).toMatchObject({ errors: [{ path: "callback_events" }] });
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
