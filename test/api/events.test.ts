import { validate } from "@cfworker/json-schema";
import { CloudEvent, HTTP } from "cloudevents";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { buildScanEvents } from "../support/build-scan-events.ts";
import { appendScans, emptyLog, rewriteEvents, wholeLog } from "../support/scan-event-log.ts";
import { submitText, callApp, followScan } from "../support/worker-requests.ts";

beforeEach(emptyLog);

const token = "events-secret";

const ask = (query: Record<string, string> | string = {}, init: RequestInit = {}) =>
  callApp(
    { EVENTS_TOKEN: token },
    `/api/v1/events?${typeof query === "string" ? query : new URLSearchParams(query).toString()}`,
    { headers: { authorization: `Bearer ${token}` }, ...init },
  );

/** A page as the official SDK reads it, which refuses what is not a CloudEvent. */
async function read(query: Record<string, string> | string = {}) {
  const response = await ask(query);
  expect(response.status).toBe(200);
  const headers = Object.fromEntries(response.headers);
  const events = HTTP.toEvent({ headers, body: await response.text() });
  if (!Array.isArray(events)) throw new Error("a page is a batch");
  return {
    events,
    ids: events.map(({ id }) => id),
    next: response.headers.get("x-next-cursor") ?? "",
    link: response.headers.get("link"),
  };
}

const idsOf = (log: { job_id: string; seq: number }[]) =>
  log.map(({ job_id, seq }) => `${job_id}/${seq}`);

/** Follows the next cursors until a page is empty. */
async function readAll(query: Record<string, string>) {
  const ids: string[] = [];
  for (let after = "0"; ;) {
    const page = await read({ ...query, after });
    if (page.events.length === 0) return ids;
    expect(Number(page.next)).toBeGreaterThan(Number(after));
    after = page.next;
    ids.push(...page.ids);
  }
}

describe("the feed of events", () => {
  it("returns each event as a CloudEvent with its cursor", async () => {
    const scan = buildScanEvents();
    await appendScans(scan);
    const [{ cursor } = { cursor: 0 }] = await wholeLog();
    const { events } = await read();
    expect(events).toHaveLength(scan.events.length);
    expect(events[0]).toBeInstanceOf(CloudEvent);
    expect(JSON.parse(JSON.stringify(events[0]))).toEqual({
      specversion: "1.0",
      id: `${scan.jobId}/0`,
      source: "/api/v1/scan",
      subject: scan.jobId,
      type: "scan.requested",
      time: new Date(scan.events[0]?.at ?? 0).toISOString(),
      datacontenttype: "application/json",
      dataschema: expect.stringMatching(/^http.*\/schemas\/scan\.requested\/1$/),
      cursor: String(cursor),
      sequence: "0000000000",
      userid: scan.userId,
      traceparent: scan.traceparent,
      data: scan.events[0]?.data,
    });
    expect(events.map(({ data }) => data)).toEqual(scan.events.map(({ data }) => data));
  });

  it("has all events of a scan from its submission to its end", async () => {
    const userId = crypto.randomUUID();
    const { job_id, stream_url } = await submitText("라벨 붙은 투명 페트병", { user: userId });
    await followScan(stream_url, { user: userId });
    // The job hands its events to the queue when it has ended.
    const ends = { wait: "25", type: "scan.completed,scan.failed" };
    const ofThis = ({ subject }: { subject?: string | undefined }) => subject === job_id;
    // Scans of other tests may end, too.
    let page = await read(ends);
    while (!page.events.some(ofThis)) page = await read({ ...ends, after: page.next });
    expect(page.events.find(ofThis)).toMatchObject({ userid: userId });
    const events = (await read()).events.filter(ofThis);
    expect(events.map(({ type }) => type).slice(0, 2)).toEqual([
      "scan.requested",
      "scan.classified",
    ]);
    expect(events.map(({ id }) => id)).toEqual(events.map((_, seq) => `${job_id}/${seq}`));
    for (const { dataschema, data } of events) {
      const response = await callApp({}, new URL(dataschema ?? "").pathname);
      expect(validate(data, await response.json(), "2020-12").errors).toEqual([]);
    }
  });

  it("has no user id in the events of an erased user", async () => {
    await appendScans(buildScanEvents());
    await rewriteEvents(() => ({ user_id: null, data: { redacted: true } }));
    const { events } = await read();
    expect(events[0]).not.toHaveProperty("userid");
    expect(events[0]?.data).toEqual({ redacted: true });
  });

  it("pages through all events, each once", async () => {
    await appendScans(...Array.from({ length: 9 }, (_, way) => buildScanEvents({ way })));
    const all = idsOf(await wholeLog());
    expect(await readAll({ limit: "4" })).toEqual(all);
    expect(await readAll({})).toEqual(all);
    expect(await readAll({ limit: "1" })).toEqual(all);
  });

  it("pages through the requested types", async () => {
    await appendScans(...Array.from({ length: 9 }, (_, way) => buildScanEvents({ way })));
    const log = await wholeLog();
    const types = ["scan.completed", "scan.parked"];
    const wanted = idsOf(log.filter(({ type }) => types.includes(type)));
    expect(wanted.length).toBeGreaterThan(3);
    expect(await readAll({ type: types.join(","), limit: "2" })).toEqual(wanted);
    const repeated = await read("type=scan.completed&type=scan.parked&type=scan.completed");
    expect(repeated.ids).toEqual(wanted);
    const none = await read({ type: "scan.rewarded", after: String(log.at(-1)?.cursor) });
    expect(none).toMatchObject({ ids: [], next: String(log.at(-1)?.cursor) });
  });

  it("returns the events of a span of time, from its beginning to before its end", async () => {
    const at = (day: number) => Date.UTC(2026, 9, day, 12);
    vi.useFakeTimers({ toFake: ["Date"], now: at(4) });
    try {
      const scans = [1, 2, 3].map((day) => buildScanEvents({ at: at(day), way: 0 }));
      for (const scan of scans) await appendScans(scan);
      const ids = (index: number) =>
        scans[index]?.events.map(({ seq }) => `${scans[index]?.jobId}/${seq}`);
      expect(await readAll({ from: "2026-10-02", to: "2026-10-03" })).toEqual(ids(1));
      expect(await readAll({ from: "2026-10-03T12:00:00Z" })).toEqual(ids(2));
      expect(await readAll({ from: "2026-10-03T12:00:00.001Z" })).toEqual(ids(2)?.slice(1));
      expect(await readAll({ to: "2026-10-01T12:00:00Z" })).toEqual([]);
    } finally {
      vi.useRealTimers();
    }
  });

  it("returns the next cursor when nothing matched", async () => {
    await appendScans(buildScanEvents({ way: 3 }));
    const head = String((await wholeLog()).at(-1)?.cursor);
    const page = await read({ type: "scan.rewarded", limit: "5" });
    expect(page).toMatchObject({
      ids: [],
      next: head,
      link: `</api/v1/events?type=scan.rewarded&limit=5&after=${head}>; rel="next"`,
    });
    expect(await read({ after: head })).toMatchObject({ ids: [], next: head });
  });

  it("waits only until the first requested event", async () => {
    const before = performance.now();
    const waiting = read({ wait: "25", type: "scan.completed" });
    await appendScans(buildScanEvents({ way: 3 }));
    const scan = buildScanEvents({ way: 0 });
    await appendScans(scan);
    const { ids } = await waiting;
    expect(ids).toEqual([`${scan.jobId}/${scan.events.length - 1}`]);
    expect(performance.now() - before).toBeLessThan(15_000);
  });

  it("answers without events when none arrives within the wait", async () => {
    const before = performance.now();
    expect((await read({ wait: "1" })).ids).toEqual([]);
    expect(performance.now() - before).toBeGreaterThanOrEqual(990);
  });

  it("stops waiting when its client disconnects", async () => {
    const gone = new AbortController();
    const before = performance.now();
    const waiting = ask(
      { wait: "25" },
      { signal: gone.signal, headers: { authorization: `Bearer ${token}` } },
    );
    gone.abort();
    await waiting;
    expect(performance.now() - before).toBeLessThan(15_000);
  });

  it.each([
    ["the request has no EVENTS_TOKEN", token, undefined],
    ["the token is another", token, "Bearer ops-secret"],
    ["the token has another scheme", token, `Basic ${token}`],
    ["no token is configured", "", "Bearer "],
  ])("answers 401 when %s", async (_, EVENTS_TOKEN, authorization) => {
    const headers = authorization === undefined ? {} : { authorization };
    const response = await callApp({ EVENTS_TOKEN, OPS_TOKEN: "ops-secret" }, "/api/v1/events", {
      headers,
    });
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ code: "UNAUTHORIZED" });
  });

  it.each([
    "after=-1",
    "after=x",
    "limit=0",
    "limit=501",
    "wait=26",
    "wait=-1",
    "type=scan.lost",
    "type=scan.completed,lost",
    "since=1",
    "from=yesterday",
    "to=2026-13-01",
  ])("refuses %s", async (query) => {
    const response = await ask(query);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: "VALIDATION_ERROR" });
  });
});
