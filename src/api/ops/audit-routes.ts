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
import { defineRoutes, router } from "../openapi/define-routes.ts";
import { body, content, json } from "../openapi/response-bodies.ts";

const Audit = body("Audit", "Changes by operators, the newest first.", {
  entries: z.array(AuditEntry),
});
const Line = AuditEntry.meta({ id: "AuditLine", description: "A change by an operator." });

const route = defineRoutes("Ops: audit", "operator");

const listAuditRoute = route("get", "/", "listAudit", {
  summary: "Who changed what",
  request: { query: AuditPage },
  responses: { 200: json("The last hundred changes.", Audit) },
});

const exportAuditRoute = route("get", "/export", "exportAudit", {
  summary: "Who changed what, as a file",
  description: `Oldest first, at most ${auditExportSize} lines; a shorter answer is the last. Go on after the last \`id\`.`,
  request: { query: AuditExport },
  responses: {
    200: {
      ...content("A line a change.", "application/x-ndjson", Line),
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
    const entries = await listAudit(c.env.DB, c.req.valid("query"));
    return c.json({ entries }, 200);
  })

  .openapi(exportAuditRoute, async (c) => {
    const { format, ...query } = c.req.valid("query");
    const { type, textOf } = formats[format];
    return c.body(textOf(await exportAudit(c.env.DB, query)), 200, {
      "content-type": type,
      "content-disposition": `attachment; filename="audit.${format}"`,
    });
  });
