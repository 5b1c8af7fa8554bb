import { useState } from "hono/jsx/dom";
import { useAccess } from "../ops-access.ts";
import { download } from "../parts/download.ts";
import { FormError } from "../parts/form-error.tsx";
import { useAction } from "../parts/use-action.ts";
import type { Filters } from "./audit-view.ts";

const formats = [
  { format: "csv", title: "CSV" },
  { format: "ndjson", title: "JSON lines" },
] as const;

/** A file of an export: the number of those before it, and the cursor after which it begins. */
interface File {
  format: (typeof formats)[number]["format"];
  title: string;
  before: number;
  after: string;
}

/** Saves the changes that the filters take as files, one after another. */
export function AuditExport({ filters }: { filters: Filters }) {
  const { client } = useAccess();
  const { busy, error, act } = useAction();
  const [next, setNext] = useState<File | null>(null);
  const save = (file: File) =>
    act(async () => {
      const { format, before, after } = file;
      const response = await client.audit.export.$get({ query: { ...filters, format, after } });
      const name = before === 0 ? `audit.${format}` : `audit-${before + 1}.${format}`;
      download(name, response.headers.get("content-type") ?? "", await response.text());
      const following = /[?&]after=(\d+)/.exec(response.headers.get("link") ?? "")?.[1];
      setNext(following === undefined ? null : { ...file, before: before + 1, after: following });
    });
  return (
    <>
      <FormError error={error} />
      <p class="actions">
        {formats.map(({ format, title }) => (
          <button
            key={format}
            type="button"
            disabled={busy}
            onClick={() => save({ format, title, before: 0, after: "0" })}
          >
            {title}
          </button>
        ))}
        {next && (
          <button type="button" class="primary" disabled={busy} onClick={() => save(next)}>
            Next file: {next.title} {next.before + 1}
          </button>
        )}
        <span class="hint">
          What the filters take, the oldest first, 5,000 changes a file.
          {next && ` There are more after file ${next.before}.`}
        </span>
      </p>
    </>
  );
}
