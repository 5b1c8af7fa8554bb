import { useState } from "hono/jsx/dom";
import { fieldsOf } from "../parts/form-fields.ts";
import { Field } from "../parts/field.tsx";
import { commonViews, type Filters, hrefOfJobs } from "./job-view.ts";
import { savedViews, saveViews, type View } from "./saved-views.ts";

/** Links to the views of the list: those that everybody has, and those that were saved in this browser. */
export function JobViews({ filters }: { filters: Filters }) {
  const [saved, setSaved] = useState<View[]>(savedViews);
  const [naming, setNaming] = useState(false);
  const href = hrefOfJobs(filters);
  const all = [...commonViews, ...saved];
  const isSaved = all.some((view) => hrefOfJobs(view.filters) === href);

  function change(views: View[]) {
    saveViews(views);
    setSaved(savedViews());
    setNaming(false);
  }

  return (
    <nav class="views" aria-label="Views">
      <ul>
        {all.map((view) => {
          const of = hrefOfJobs(view.filters);
          const isOwn = saved.includes(view);
          return (
            <li key={`${isOwn} ${view.name}`}>
              <a href={of} aria-current={of === href ? "true" : undefined}>
                {view.name}
              </a>
              {isOwn && of === href && (
                <button
                  type="button"
                  class="plain"
                  onClick={() => change(saved.filter(({ name }) => name !== view.name))}
                >
                  Forget {view.name}
                </button>
              )}
            </li>
          );
        })}
        {!isSaved && !naming && (
          <li key="save">
            <button type="button" class="plain" onClick={() => setNaming(true)}>
              Save this view
            </button>
          </li>
        )}
      </ul>
      {naming && (
        <form
          class="inline"
          onSubmit={(event: Event) => {
            event.preventDefault();
            const name = fieldsOf(event)("name");
            change([...saved.filter((view) => view.name !== name), { name, filters }]);
          }}
        >
          <Field label="Name of the view" name="name" required maxlength={40} autocomplete="off" />
          <button type="submit" class="primary">
            Save
          </button>
          <button type="button" onClick={() => setNaming(false)}>
            Cancel
          </button>
        </form>
      )}
    </nav>
  );
}
