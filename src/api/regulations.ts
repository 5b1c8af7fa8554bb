import { type Context, Hono } from "hono";
import { etag } from "hono/etag";
import { adaptersOf } from "../adapters.ts";
import { overlayOf } from "../pipeline/municipality.ts";
import { type Regulation, RegulationKey } from "../pipeline/regulation.ts";
import { municipalityNamed } from "../regulations/book.ts";
import { searchItems, SearchQuery } from "../regulations/search.ts";
import { invalid, Problem } from "./problem.ts";

type PublicContext = Context<{ Bindings: Env }>;

/** Rules change seldom: a client asks again after five minutes, and mostly hears that nothing changed. */
const cached = { "cache-control": "public, max-age=300" };

/** The rules themselves, for anybody. */
export const regulations = new Hono<{ Bindings: Env }>()
  .use(etag())

  .get("/", async (c) => {
    const { version, documents, municipalities } = await current(c);
    return c.json(
      {
        version,
        documents: [...documents.values()].map(summaryOf),
        regions: municipalities.map(({ region }) => region),
      },
      200,
      cached,
    );
  })

  .get("/search", async (c) => {
    const query = SearchQuery.safeParse(c.req.query("q"));
    if (!query.success) throw invalid(query.error);
    const { version, documents } = await current(c);
    const results = searchItems(documents.values(), query.data);
    return c.json({ version, query: query.data, results }, 200, cached);
  })

  .get("/:key", async (c) => {
    const key = RegulationKey.safeParse(c.req.param("key"));
    const { version, documents, municipalities } = await current(c);
    const regulation = key.success && documents.get(key.data);
    if (!regulation) {
      throw new Problem(
        "REGULATION_NOT_FOUND",
        "No regulation has this key; GET /api/v1/regulations lists them.",
      );
    }
    const asked = c.req.query("region");
    const municipality = asked === undefined ? null : municipalityNamed(municipalities, asked);
    const overlay = municipality && overlayOf(municipality, regulation);
    const local = municipality &&
      overlay && {
        region: municipality.region,
        source: municipality.source,
        ...overlay,
      };
    return c.json({ version, ...regulation, local: local ?? null }, 200, cached);
  });

const current = (c: PublicContext) => adaptersOf(c.env).regulations.current();

const summaryOf = ({ key, category, name, summary, source, items }: Regulation) => ({
  key,
  category,
  name,
  summary,
  source,
  items: items.length,
});
