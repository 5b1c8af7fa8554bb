import { appFetch } from "../../support/app-fetch.ts";
import { buildScanEvents } from "../../support/build-scan-events.ts";
import { appendScans, rewriteEvents, wholeLog } from "../../support/scan-event-log.ts";
import { asked, asReader, asOperator, type Drives, local } from "../driving.ts";
import { withUnreadableLog } from "../unreadable-log.ts";

/** Asks again with what was got the first time. */
async function again(id: string, query = ""): Promise<Response> {
  const etag = (await asked(id, { query })).headers.get("etag") ?? "";
  return asked(id, { query, headers: { "if-none-match": etag } });
}

const bottle = `?q=${encodeURIComponent("생수병")}`;
const gangnam = `?region=${encodeURIComponent("서울특별시 강남구")}`;

async function redacted(): Promise<Response> {
  const scan = buildScanEvents();
  await appendScans(scan);
  const first = (await wholeLog()).find(({ job_id }) => job_id === scan.jobId)?.cursor ?? 0;
  const data = { redacted: true, model: "offline", region: null };
  await rewriteEvents(({ cursor }) => (cursor === first ? { user_id: null, data } : null));
  return asked("listEvents", { query: `?after=${first - 1}`, headers: asReader });
}

export const publicDrives: Drives = {
  getHealth: { "200": () => asked("getHealth") },
  getReadiness: {
    "200": () => asked("getReadiness"),
    "503": () => asked("getReadiness", {}, appFetch({ AUTH_MODE: "" }, local)),
  },
  getMetrics: { "200": () => asked("getMetrics", { headers: asOperator }) },
  listModels: {
    "200": () => asked("listModels"),
    "200 with a key": () => asked("listModels", {}, appFetch({ OPENAI_API_KEY: "sk-test" }, local)),
  },
  listCharacters: {
    "200": () => asked("listCharacters"),
    "304": () => again("listCharacters"),
  },
  listRegulations: {
    "200": () => asked("listRegulations"),
    "304": () => again("listRegulations"),
  },
  searchRegulations: {
    "200": () => asked("searchRegulations", { query: bottle }),
    "304": () => again("searchRegulations", bottle),
  },
  getRegulation: {
    "200": () => asked("getRegulation"),
    "200 with a region": () => asked("getRegulation", { query: gangnam }),
    "304": () => again("getRegulation"),
  },
  listEventSchemas: { "200": () => asked("listEventSchemas") },
  getEventSchema: { "200": () => asked("getEventSchema") },
  listEvents: {
    "200": async () => {
      await appendScans(...[0, 1, 2, 3, 5].map((way) => buildScanEvents({ way })));
      return asked("listEvents", { query: "?limit=500", headers: asReader });
    },
    "200 of an erased user": redacted,
    "503 EVENTS_UNREADABLE": () =>
      withUnreadableLog(() => asked("listEvents", { headers: asReader })),
    "200 none": () =>
      asked("listEvents", { query: "?after=999999999&type=scan.parked", headers: asReader }),
  },
};
