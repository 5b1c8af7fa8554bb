import { env } from "cloudflare:workers";
import { failingObjects, overloaded } from "../../support/failing-objects.ts";
import { photos } from "../../support/photos.ts";
import { appFetch } from "../../support/app-fetch.ts";
import { as, asked, aUser, type Drives, jsonType, local } from "../driving.ts";
import { aFinished, anAsked, aParked } from "../scans.ts";

const submitted = (body: unknown, headers: Record<string, string> = {}) =>
  asked("submitScan", {
    headers: { ...as(aUser()), ...jsonType, ...headers },
    body: JSON.stringify(body),
  });

/** A server whose objects of users have too much to do. */
const busy = appFetch({ USER_ACCOUNT: failingObjects(env.USER_ACCOUNT, overloaded) }, local);

/** Gemini takes no GIF. */
const withGemini = appFetch({ GEMINI_API_KEY: "gm-1" }, local);

function form(photo = photos.png): FormData {
  const sent = new FormData();
  sent.set("user_input", "생수병");
  sent.set("image", new File([photo], "bottle.png", { type: "image/png" }));
  return sent;
}

async function reused(): Promise<Response> {
  const headers = { ...as(aUser()), "idempotency-key": crypto.randomUUID() };
  await submitted({ user_input: "생수병" }, headers);
  return submitted({ user_input: "소파" }, headers);
}

const ofFinished = async (id: string) => {
  const { jobId, user } = await aFinished();
  return asked(id, { path: { id: jobId }, headers: as(user) });
};
const ofUnfinished = async (id: string) => {
  const { jobId, user } = await aFinished("라벨이 붙은 생수병");
  return asked(id, { path: { id: jobId }, headers: as(user) });
};
const ofParked = async (id: string) => {
  const { jobId, user } = await aParked();
  return asked(id, { path: { id: jobId }, headers: as(user) });
};

/** Confirms scans, one after the other, and answers as the last is answered. */
async function confirmed(
  scan: Promise<{ jobId: string; user: string }>,
  ...choices: readonly object[]
): Promise<Response> {
  const { jobId, user } = await scan;
  const confirm = (choice: object) =>
    asked("confirmScan", {
      path: { id: jobId },
      headers: { ...as(user), ...jsonType },
      body: JSON.stringify(choice),
    });
  for (const choice of choices.slice(0, -1)) await confirm(choice);
  return confirm(choices.at(-1) ?? {});
}
const glass = { middle_category: "유리병" };

async function stopped(id: string, given: string): Promise<Response> {
  const { jobId, user } = await aFinished();
  return asked(id, { query: `?${given}=${jobId}`, headers: as(user) });
}

/** The stream of an ended scan, asked for from its last event. */
async function afterLast(id: string): Promise<Response> {
  const { jobId, user } = await aFinished();
  return asked(id, {
    path: { id: jobId },
    query: `?${id === "streamScanByQuery" ? `job_id=${jobId}&` : ""}after=9`,
    headers: as(user),
  });
}

async function socket(headers: Record<string, string>): Promise<Response> {
  const { jobId, user } = await aFinished();
  const response = await asked("watchScan", {
    path: { id: jobId },
    headers: { ...as(user), ...headers },
  });
  response.webSocket?.accept();
  response.webSocket?.close(1000);
  return response;
}

export const scanDrives: Drives = {
  submitScan: {
    "202 words": () => submitted({ user_input: "생수병", region: "서울특별시 강남구" }),
    "202 a form": () => asked("submitScan", { headers: as(aUser()), body: form() }),
    "400 IMAGE_URL_REQUIRED": () => submitted({ image_url: "" }),
    "400 UNSUPPORTED_MODEL": () => submitted({ user_input: "생수병", model: "gpt-9" }),
    "415 UNSUPPORTED_MEDIA_TYPE": () =>
      submitted({ user_input: "생수병" }, { "content-type": "text/plain" }),
    "415 UNSUPPORTED_PHOTO_TYPE": () =>
      asked("submitScan", { headers: as(aUser()), body: form(photos.gif) }, withGemini),
    "422 IDEMPOTENCY_KEY_REUSED": reused,
    "503 UNAVAILABLE": () => asked("submitScan", { headers: as(aUser()), body: form() }, busy),
    "422 VALIDATION_ERROR without a member": () =>
      submitted({ user_input: "생수병" }, { "idempotency-key": " " }),
  },
  listCategories: { "200": () => asked("listCategories", { headers: as(aUser()) }) },
  getScanResult: {
    "200 completed": () => ofFinished("getScanResult"),
    "200 cancelled": async () => {
      const { jobId, user } = await aParked();
      await asked("cancelScan", { path: { id: jobId }, headers: as(user) });
      return asked("getScanResult", { path: { id: jobId }, headers: as(user) });
    },
    "202 parked": () => ofParked("getScanResult"),
  },
  getScan: {
    "200 completed": () => ofFinished("getScan"),
    "200 parked": () => ofParked("getScan"),
  },
  confirmScan: {
    "202 a category": () => confirmed(anAsked(), glass),
    "202 words": () => confirmed(anAsked(), { words: "소주병" }),
    "404 RESULT_NOT_FOUND": () =>
      confirmed(Promise.resolve({ jobId: crypto.randomUUID(), user: aUser() }), glass),
    "409 SCAN_NOT_ENDED": () => confirmed(aParked(), glass),
    "409 NOTHING_TO_CONFIRM": () => confirmed(aFinished(), glass),
    "409 ALREADY_CONFIRMED": () => confirmed(anAsked(), glass, { middle_category: "종이" }),
    "422 NOT_RECOGNISED": () => confirmed(anAsked(), { words: "안녕하세요" }),
    "422 VALIDATION_ERROR both": () => confirmed(anAsked(), { ...glass, words: "소주병" }),
  },
  finishSteps: {
    "202": () => ofUnfinished("finishSteps"),
    "404 RESULT_NOT_FOUND": () =>
      asked("finishSteps", { path: { id: crypto.randomUUID() }, headers: as(aUser()) }),
    "409 SCAN_NOT_ENDED": () => ofParked("finishSteps"),
    "409 NOTHING_TO_FINISH": () => ofFinished("finishSteps"),
  },
  cancelScan: {
    "200 parked": () => ofParked("cancelScan"),
    "200 completed": () => ofFinished("cancelScan"),
  },
  streamScan: {
    "200": () => ofFinished("streamScan"),
    "200 parked": () => ofParked("streamScan"),
    "204": () => afterLast("streamScan"),
  },
  streamScanByQuery: {
    "200": () => stopped("streamScanByQuery", "job_id"),
    "204": () => afterLast("streamScanByQuery"),
  },
  watchScan: {
    "101": () => socket({ upgrade: "websocket" }),
    "426 UPGRADE_REQUIRED": () => socket({}),
  },
};
