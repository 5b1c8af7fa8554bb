import type { Context } from "hono";
import { etag } from "hono/etag";
import { z } from "zod";
import { adaptersOf } from "../adapters.ts";
import { Municipality, overlayOf } from "../pipeline/municipality.ts";
import { Regulation, RegulationKey } from "../pipeline/regulation.ts";
import { municipalityNamed } from "../regulations/book.ts";
import { searchItems } from "../regulations/search.ts";
import { defineRoutes, router } from "./openapi/define-routes.ts";
import { answerOf, body, json, notModified } from "./openapi/response-bodies.ts";
import { ifNoneMatch, inPath, inQuery } from "./openapi/shared-parameters.ts";
import { found } from "./problem.ts";

type PublicContext = Context<{ Bindings: Env }>;

const SearchQuery = z.string().trim().min(1).max(100);

/** Rules change seldom: a client revalidates its copy after five minutes. */
const cached = { "cache-control": "public, max-age=300" };

const { key, category, name, summary, source } = Regulation.shape;
const version = z.string().describe("The hash of its content.");

const Regulations = body("Regulations", "The current version.", {
  version,
  documents: z.array(
    z.object({
      key,
      category,
      name,
      summary,
      source,
      items: z.int().describe("How many items it names."),
    }),
  ),
  regions: z.array(z.string()).describe("Municipalities that add to them."),
});

const RegulationItems = body(
  "RegulationItems",
  "Items that a query may mean, the likeliest first.",
  {
    version,
    query: z.string(),
    results: z.array(z.object({ item: z.string(), key, category, name })),
  },
);

const Document = body("Regulation", "Which items a category holds, and how they are discharged.", {
  version,
  ...Regulation.shape,
  local: z
    .object({
      region: Municipality.shape.region,
      ...Municipality.shape.overlays.element.shape,
      source: Municipality.shape.source,
    })
    .nullable()
    .describe("What the region adds; null when it adds nothing."),
});

const route = defineRoutes("Regulations", "anybody");
const revalidated = { parameters: [ifNoneMatch], beside: notModified };
const headers = ["ETag", "Cache-Control"] as const;

const listRegulations = route("get", "/", "listRegulations", {
  summary: "Every regulation document",
  ...revalidated,
  responses: { 200: json("The documents.", Regulations, headers) },
});

const searchRegulations = route("get", "/search", "searchRegulations", {
  summary: "Items by what people call them",
  ...revalidated,
  request: {
    query: z.object({
      q: SearchQuery.describe("A word or a question; spaces and particles do not matter."),
    }),
  },
  responses: { 200: json("The items.", RegulationItems, headers) },
});

const getRegulation = route("get", "/{key}", "getRegulation", {
  summary: "One regulation document",
  parameters: [
    inPath("key", "The document's `key`.", "재활용폐기물_무색페트병", {
      type: "string",
      enum: RegulationKey.options,
    }),
    inQuery("region", "Whose local rules to add; an unknown municipality adds nothing.", {
      type: "string",
    }),
    ifNoneMatch,
  ],
  beside: notModified,
  responses: { 200: json("The document.", Document, headers) },
  problems: ["REGULATION_NOT_FOUND"],
});

export const regulations = router(etag())
  .openapi(listRegulations, async (c) => {
    const { version, documents, municipalities } = await current(c);
    const answer = answerOf(Regulations, {
      version,
      documents: Array.from(documents.values(), (it) => ({ ...it, items: it.items.length })),
      regions: municipalities.map(({ region }) => region),
    });
    return c.json(answer, 200, cached);
  })

  .openapi(searchRegulations, async (c) => {
    const { q: query } = c.req.valid("query");
    const { version, documents } = await current(c);
    const results = searchItems(documents.values(), query);
    return c.json({ version, query, results }, 200, cached);
  })

  .openapi(getRegulation, async (c) => {
    const key = RegulationKey.safeParse(c.req.param("key"));
    const { version, documents, municipalities } = await current(c);
    const regulation = found(
      key.success ? documents.get(key.data) : null,
      "REGULATION_NOT_FOUND",
      "No regulation has this key; GET /api/v1/regulations lists them.",
    );
    const asked = c.req.query("region");
    const municipality = asked === undefined ? null : municipalityNamed(municipalities, asked);
    const overlay = municipality && overlayOf(municipality, regulation);
    const local =
      municipality && overlay
        ? {
            region: municipality.region,
            ...overlay,
            source: overlay.source ?? municipality.source,
          }
        : null;
    return c.json({ version, ...regulation, local }, 200, cached);
  });

const current = (c: PublicContext) => adaptersOf(c.env).regulations.current();
