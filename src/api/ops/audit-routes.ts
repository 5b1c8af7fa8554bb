import {
  AuditEntry,
  AuditExport,
  auditExportSize,
  AuditPage,
  exportAudit,
  listAudit,
} from "../../ops-audit.ts";
import { z } from "zod";
import { csvOf } from "../../platform/csv.ts";
import { iso } from "../../platform/iso.ts";
import { nextLink } from "../next-link.ts";
import { defineRoutes, router } from "../openapi/define-routes.ts";
import { content, json, page } from "../openapi/response-bodies.ts";

const Audit = page("Audit", { entries: z.array(AuditEntry) });
const Line = AuditEntry.meta({ id: "AuditLine", description: "A change by an operator." });

const route = defineRoutes("Ops: audit", "operator");

const listAuditRoute = route("get", "/", "listAudit", {
  summary: "Who changed what",
  request: { query: AuditPage },
  responses: { 200: json("A page of a hundred changes.", Audit) },
});

const exportAuditRoute = route("get", "/export", "exportAudit", {
  summary: "Who changed what, as a file",
  description: `Oldest first, at most ${auditExportSize} lines. An answer that is not the last has a \`Link\` to the next.`,
  request: { query: AuditExport },
  responses: {
    200: {
      ...content("A line a change.", "application/x-ndjson", Line, ["Link"]),
      content: {
        "application/x-ndjson": { schema: Line },
        "text/csv": {
          schema: z.string().meta({ id: "AuditCsv", description: "CSV with a head." }),
        },
      },
    },
  },
});

type Entry = z.output<typeof AuditEntry>;

const columns: Readonly<Record<string, (entry: Entry) => string | number>> = {
  id: ({ id }) => id,
  at: ({ at }) => iso(at),
  by: ({ by }) => by,
  action: ({ action }) => action,
  target: ({ target }) => target,
  detail: ({ detail }) => JSON.stringify(detail),
};

const formats = {
  csv: { type: "text/csv; charset=utf-8", textOf: (rows: Entry[]) => csvOf(columns, rows) },
  ndjson: {
    type: "application/x-ndjson; charset=utf-8",
    textOf: (rows: Entry[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join(""),
  },
};

export const auditTrail = router()
  .openapi(listAuditRoute, async (c) => {
    return c.json(await listAudit(c.env.DB, c.req.valid("query")), 200);
  })

  .openapi(exportAuditRoute, async (c) => {
    const { format, ...query } = c.req.valid("query");
    const { type, textOf } = formats[format];
    const { entries, next } = await exportAudit(c.env.DB, query);
    return c.body(textOf(entries), 200, {
      "content-type": type,
      ...(next !== null && { link: nextLink(c.req.url, next) }),
      "content-disposition": `attachment; filename="audit.${format}"`,
    });
  });
