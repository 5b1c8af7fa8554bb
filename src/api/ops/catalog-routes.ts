import { type Context, Hono } from "hono";
import { z } from "zod";
import { By, Why } from "../../ops-audit.ts";
import {
  CharacterBody,
  CharacterCode,
  Characters,
  readCatalog,
} from "../../characters/character-catalog.ts";
import { type CatalogChange, changeCatalog } from "../../characters/change-catalog.ts";
import { invalid, Problem } from "../problem.ts";
import { readJson } from "../read-json.ts";

type OpsContext = Context<{ Bindings: Env }>;

const asked = {
  by: By.default("operator"),
  why: Why.optional(),
};
/** One character, by whom and why. */
export const Upsert = CharacterBody.extend(asked);
export const Removal = z.strictObject(asked);
/** The whole catalog in place of what there is. */
export const Refresh = z.strictObject({ characters: Characters, ...asked });

/** The character catalog, for operators: a change reaches every matcher within five seconds. */
export const catalog = new Hono<{ Bindings: Env }>()
  .get("/", async (c) => c.json(await readCatalog(c.env.DB)))

  .put("/", async (c) => {
    const { by, why, characters } = parsed(Refresh, await readJson(c));
    const codes = characters.map(({ code }) => code);
    const detail = { why, codes };
    const edit = () => characters;
    return c.json(await changed(c, { by, action: "catalog.refresh", target: "*", detail, edit }));
  })

  .put("/:code", async (c) => {
    const code = parsed(z.object({ code: CharacterCode }), c.req.param()).code;
    const { by, why, ...body } = parsed(Upsert, await readJson(c));
    const character = { code, ...body };
    const { version } = await changed(c, {
      by,
      action: "catalog.upsert",
      target: code,
      detail: { why, ...body },
      edit: (before) =>
        before.some((it) => it.code === code)
          ? before.map((it) => (it.code === code ? character : it))
          : [...before, character],
    });
    return c.json({ version, ...character });
  })

  .delete("/:code", async (c) => {
    const code = c.req.param("code");
    // A DELETE may come without a body.
    const body = (await c.req.text()) === "" ? {} : await readJson(c);
    const { by, why } = parsed(Removal, body);
    const { version } = await changed(c, {
      by,
      action: "catalog.delete",
      target: code,
      detail: { why },
      edit(before) {
        const rest = before.filter((it) => it.code !== code);
        if (rest.length === before.length) throw unknown(code);
        return rest;
      },
    });
    return c.json({ version, code });
  });

const unknown = (code: string) =>
  new Problem(
    "NOT_FOUND",
    `No character has the code ${code}; GET /api/v1/ops/catalog lists them.`,
  );

async function changed(c: OpsContext, change: CatalogChange) {
  const catalog = await changeCatalog(c.env.DB, change);
  if (!("error" in catalog)) return catalog;
  // Where in the edited list it is says nothing to whoever sent one character.
  throw new Problem("VALIDATION_ERROR", "The catalog would not be whole; see errors.", {
    errors: catalog.error.issues.map(({ path, message }) => ({
      path: path.slice(1).join("."),
      message,
    })),
  });
}

function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (!result.success) throw invalid(result.error);
  return result.data;
}
