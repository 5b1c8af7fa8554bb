import { Field } from "../parts/field.tsx";
import { FoldedFilters } from "../parts/folded-filters.tsx";
import { fieldsOf } from "../parts/form-fields.ts";
import { instantOf, lastLocal, localOf } from "../parts/local-time.ts";
import { type Filters, filtersOf, hrefOfAudit } from "./audit-view.ts";

/** The form of the filters. Each is a part of the address. */
export const AuditFilters = ({ filters }: { filters: Filters }) => (
  <FoldedFilters set={Object.keys(filters)}>
    <form
      key={hrefOfAudit(filters)}
      role="search"
      onSubmit={(event: Event) => {
        event.preventDefault();
        const textOf = fieldsOf(event);
        location.hash = hrefOfAudit(
          filtersOf((name) =>
            name === "from" || name === "to" ? instantOf(textOf(name)) : textOf(name),
          ),
        );
      }}
    >
      <div class="fields">
        <Field label="By" name="by" value={filters.by ?? ""} autocomplete="off" maxlength={100} />
        <Field
          label="What"
          hint="The beginning of an action, such as redrive."
          name="action"
          value={filters.action ?? ""}
          autocomplete="off"
          maxlength={100}
        />
        <Field
          label="Target"
          name="target"
          value={filters.target ?? ""}
          autocomplete="off"
          maxlength={255}
        />
        {(["from", "to"] as const).map((name) => (
          <Field
            key={name}
            label={name === "from" ? "From" : "To"}
            name={name}
            type="datetime-local"
            max={lastLocal}
            value={localOf(filters[name])}
          />
        ))}
      </div>
      <p class="actions">
        <button type="submit" class="primary">
          Show
        </button>
        {Object.keys(filters).length > 0 && <a href={hrefOfAudit({})}>Clear</a>}
      </p>
    </form>
  </FoldedFilters>
);
