import { validate } from "@cfworker/json-schema";
import { CloudEvent } from "cloudevents";
import { describe, expect, it } from "vitest";
import { breaksIn } from "../../src/events/contract/compatibility.ts";
import { cloudEventOf } from "../../src/events/cloud-event.ts";
import { eventData } from "../../src/events/contract/event-types.ts";
import { dataSchemaOf } from "../../src/events/contract/json-schema.ts";
import { publishedSchemas, schemaPathOf } from "../../src/events/contract/published-schemas.ts";
import { redactedData } from "../../src/events/redacted-event.ts";
import beforeSchemas from "../fixtures/events/before-schemas.json" with { type: "json" };
import versionOne from "../fixtures/events/version-1.json" with { type: "json" };
import { buildScanEvents } from "../support/build-scan-events.ts";
import { callApp } from "../support/worker-requests.ts";

/** Events as earlier versions have published them. They stay as they are: a new version adds a file of its own. */
const yesterday = Object.entries({ "before-schemas": beforeSchemas, "version-1": versionOne });
const types = [...eventData.keys()];

function errorsOf(type: string, data: unknown, version = publishedSchemas[type]?.length ?? 0) {
  const schema = publishedSchemas[type]?.[version - 1];
  if (!schema) throw new Error(`${type} has no schema`);
  return validate(data, schema, "2020-12").errors.map(
    ({ instanceLocation, error }) => `${instanceLocation}: ${error}`,
  );
}

describe("the published schemas of events", () => {
  it.each(types)("describe %s as it is now", (type) => {
    const data = eventData.get(type);
    const current = data && dataSchemaOf(data, type);
    // `npm run schemas:publish` appends the version of a changed type.
    expect(publishedSchemas[type]?.at(-1)).toEqual(JSON.parse(JSON.stringify(current)));
  });

  it("have no type that events no longer have, and each version adds to the one before", () => {
    expect(Object.keys(publishedSchemas).toSorted()).toEqual(types.toSorted());
    for (const [type, versions] of Object.entries(publishedSchemas)) {
      for (const [index, schema] of versions.entries()) {
        const before = versions[index - 1];
        if (before) expect(breaksIn(before, schema, type)).toEqual([]);
      }
    }
  });

  it.each(yesterday)("read the events of yesterday: %s", (_, events) => {
    for (const { type, data } of events) {
      expect(errorsOf(type, data)).toEqual([]);
      expect(eventData.get(type)?.safeParse(data).error).toBeUndefined();
    }
  });

  it("have events of every type among those of yesterday", () => {
    expect(new Set(versionOne.map(({ type }) => type))).toEqual(
      new Set(types.filter((type) => (publishedSchemas[type]?.length ?? 0) > 0)),
    );
  });

  it("read the events of today, whole and redacted, in every version", () => {
    for (const way of Array.from({ length: 20 }).keys()) {
      for (const event of buildScanEvents({ way }).events) {
        const { type, data } = event;
        for (const index of publishedSchemas[type]?.keys() ?? []) {
          expect(errorsOf(type, JSON.parse(JSON.stringify(data)), index + 1)).toEqual([]);
        }
        expect(errorsOf(type, redactedData(event))).toEqual([]);
      }
    }
  });

  it("refuse data of another type", () => {
    expect(errorsOf("scan.classified", { steps: 2, insufficiencies: [] })).not.toEqual([]);
    expect(errorsOf("scan.rewarded", { reward_granted: false })).not.toEqual([]);
  });

  it("are served for years under the address that an event names, and listed", async () => {
    const origin = "https://eco2.example.com";
    const { jobId: job_id, events } = buildScanEvents();
    for (const event of events) {
      const logged = { ...event, cursor: 1, job_id, user_id: null, traceparent: null };
      const sent = cloudEventOf(logged, origin);
      expect(new CloudEvent(sent).validate()).toBe(true);
      const response = await callApp({}, new URL(sent.dataschema).pathname);
      expect(response.status).toBe(200);
      expect(response.headers.get("content-type")).toBe("application/schema+json");
      expect(response.headers.get("cache-control")).toContain("immutable");
      expect(await response.json()).toMatchObject(publishedSchemas[event.type]?.at(-1) ?? {});
    }
    const listed = await (await callApp({}, "/schemas")).json();
    expect(listed).toEqual({
      schemas: types.map((type) => ({
        type,
        version: publishedSchemas[type]?.length,
        schema_url: schemaPathOf(type),
      })),
    });
  });

  it.each([
    "scan.lost/1",
    "scan.classified/0",
    "scan.classified/99",
    "constructor/1",
    "scan.classified/1.0",
  ])("answer 404 for %s", async (path) => {
    const response = await callApp({}, `/schemas/${path}`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: "SCHEMA_NOT_FOUND" });
  });
});

describe("a new version of a schema", () => {
  const name = { type: "string" };
  const before = {
    type: "object",
    properties: {
      name,
      stage: { type: "string", enum: ["vision", "rule"] },
      redrives: { type: "integer", minimum: 0 },
      steps: { type: "array", items: name },
      end: { anyOf: [name, { type: "null" }] },
    },
    required: ["name"],
  };
  const change = (properties: object, more: object = {}) => ({
    ...before,
    properties: { ...before.properties, ...properties },
    ...more,
  });
  const { name: _, ...withoutName } = before.properties;

  it.each([
    ["adds an optional field", change({ note: name })],
    [
      "adds a value to a list",
      change({ stage: { type: "string", enum: ["vision", "rule", "x"] } }),
    ],
    ["describes a field", change({ name: { ...name, description: "Whose." } })],
    ["moves a limit outwards", change({ redrives: { type: "integer" } })],
  ])("may come when it %s", (_change, after) => {
    expect(breaksIn(before, after)).toEqual([]);
  });

  it.each([
    ["takes a field away", { ...before, properties: withoutName, required: [] }],
    ["adds a required field", change({ note: name }, { required: ["name", "note"] })],
    ["makes a field optional", change({}, { required: [] })],
    ["makes a field required", change({}, { required: ["name", "stage"] })],
    ["changes a type", change({ name: { type: "integer" } })],
    ["lets a field be null", change({ name: { type: ["string", "null"] } })],
    ["takes a value from a list", change({ stage: { type: "string", enum: ["vision"] } })],
    ["lists the values of a field", change({ name: { type: "string", enum: ["a"] } })],
    ["adds a limit", change({ name: { type: "string", maxLength: 9 } })],
    ["moves a limit inwards", change({ redrives: { type: "integer", minimum: 1 } })],
    ["changes items", change({ steps: { type: "array", items: { type: "integer" } } })],
    ["takes an alternative away", change({ end: { anyOf: [name] } })],
    ["closes objects", change({}, { additionalProperties: false })],
  ])("is refused when it %s", (_change, after) => {
    expect(breaksIn(before, after)).not.toEqual([]);
  });
});
