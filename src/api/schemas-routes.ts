import { z } from "zod";
import { publishedSchemas, schemaOf, schemaPathOf } from "../events/contract/published-schemas.ts";
import { defineRoutes, router } from "./openapi/define-routes.ts";
import { body, content, json, network } from "./openapi/response-bodies.ts";
import { inPath } from "./openapi/shared-parameters.ts";
import { found } from "./problem.ts";

const Schemas = body("EventSchemas", "The last version of each type's schema.", {
  schemas: z.array(
    z.object({ type: z.string(), version: z.int(), schema_url: z.string().describe("A path.") }),
  ),
});
const EventSchema = z
  .looseObject({ $id: z.url(), title: z.string().describe("The type.") })
  .meta({ id: "EventSchema", description: "A JSON Schema (2020-12) of an event's `data`." });

const route = defineRoutes("Events", "anybody");
const headers = ["Cache-Control"] as const;

const listSchemas = route("get", "/", "listEventSchemas", {
  summary: "The schemas of events",
  responses: { 200: json("The schemas.", Schemas, headers) },
  beside: network("4XX"),
});

const getSchema = route("get", "/{type}/{version}", "getEventSchema", {
  summary: "The schema of an event's data, as its `dataschema` names it",
  description:
    "A version is never changed. The next one adds optional fields, or values to a list of known ones: it reads the " +
    "events of every version before, and takes nothing from who knows an earlier one.",
  parameters: [
    inPath("type", "The event's `type`.", "scan.classified"),
    inPath("version", "The version, from 1 on.", "1"),
  ],
  responses: { 200: content("The schema.", "application/schema+json", EventSchema, headers) },
  problems: ["SCHEMA_NOT_FOUND"],
});

/** The published schemas. Their addresses are names, too: they are the same on every host of a deployment. */
export const schemas = router()
  .openapi(listSchemas, (c) => {
    const listed = Object.entries(publishedSchemas).map(([type, { length: version }]) => ({
      type,
      version,
      schema_url: schemaPathOf(type, version),
    }));
    return c.json({ schemas: listed }, 200, { "cache-control": "public, max-age=300" });
  })

  .openapi(getSchema, (c) => {
    const { type, version } = c.req.param();
    const known = /^[1-9]\d{0,5}$/.test(version) ? schemaOf(type, Number(version)) : null;
    const schema = found(
      known,
      "SCHEMA_NOT_FOUND",
      "No event has this schema; GET /schemas lists them.",
    );
    const $id = new URL(schemaPathOf(type, Number(version)), c.req.url).href;
    return c.body(JSON.stringify({ $id, ...schema }), 200, {
      "content-type": "application/schema+json",
      "cache-control": "public, max-age=31536000, immutable",
      "cross-origin-resource-policy": "cross-origin",
    });
  });
