import { Field } from "../parts/field.tsx";
import { FoldedFilters } from "../parts/folded-filters.tsx";
import { fieldsOf } from "../parts/form-fields.ts";
import { instantOf, lastLocal, localOf } from "../parts/local-time.ts";
import { choices, type Filters, filterNames, filtersOf, hrefOfJobs } from "./job-view.ts";

const texts = [
  ["user", "User", ""],
  ["code", "Error code", ""],
  ["model", "Model", ""],
  ["provider", "Provider", "Of the model that was requested."],
  ["at_fault", "Provider at fault", "For the last error of an open job."],
  ["region", "Region", "With what lies within it."],
] as const;

/** The search, and the form of all filters. Each is a part of the address. */
export function JobFilters({ filters }: { filters: Filters }) {
  const others = filterNames.filter((name) => name !== "q" && filters[name] !== undefined);
  return (
    <>
      <form
        class="inline"
        role="search"
        onSubmit={(event: Event) => {
          event.preventDefault();
          const text = fieldsOf(event)("q");
          location.hash = hrefOfJobs({ ...filters, q: idIn.exec(text)?.[0].toLowerCase() ?? text });
        }}
      >
        <Field
          key={filters.q ?? ""}
          label="Search"
          hint="A job id, a user or a trace id; or a URL or a log line with an id. Press / to come here."
          name="q"
          value={filters.q ?? ""}
          autocomplete="off"
          spellcheck={false}
        />
        <button type="submit" class="primary">
          Search
        </button>
      </form>
      <FoldedFilters set={others}>
        <form
          key={hrefOfJobs(filters)}
          onSubmit={(event: Event) => {
            event.preventDefault();
            const textOf = fieldsOf(event);
            location.hash = hrefOfJobs({
              ...filtersOf(textOf),
              q: filters.q,
              from: instantOf(textOf("from")),
              to: instantOf(textOf("to")),
            });
          }}
        >
          <div class="fields">
            {(["status", "stage"] as const).map((name) => (
              <Field
                key={name}
                label={name === "status" ? "Status" : "Stage"}
                name={name}
                control={({ id }) => (
                  <select id={id} name={name}>
                    <option value="">any</option>
                    {choices[name].map((it) => (
                      <option key={it} value={it} selected={filters[name] === it}>
                        {it}
                      </option>
                    ))}
                  </select>
                )}
              />
            ))}
            {texts.map(([name, label, hint]) => (
              <Field
                key={name}
                label={label}
                hint={hint}
                name={name}
                value={filters[name] ?? ""}
                autocomplete="off"
              />
            ))}
            {(["from", "to"] as const).map((name) => (
              <Field
                key={name}
                label={name === "from" ? "From" : "To"}
                hint="When it ended, or was submitted if it is open."
                type="datetime-local"
                max={lastLocal}
                name={name}
                value={localOf(filters[name])}
              />
            ))}
          </div>
          <p class="actions">
            <button type="submit" class="primary">
              Apply
            </button>
            <a class="button" href={hrefOfJobs({})}>
              Clear
            </a>
          </p>
        </form>
      </FoldedFilters>
    </>
  );
}

const idIn = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/i;
