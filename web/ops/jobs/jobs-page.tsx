import { Field } from "../parts/field.tsx";
import { fieldsOf } from "../parts/form-fields.ts";
import { PageHead } from "../parts/page-head.tsx";
import { hrefOf } from "../href.ts";
import type { PageProps } from "../route.ts";
import { JobPage } from "./job-page.tsx";

const uuid = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/i;

/** One job, or the search for one. */
export const JobsPage = ({ of }: PageProps) => (of === null ? <Search /> : <JobPage id={of} />);

function Search() {
  return (
    <>
      <PageHead title="Jobs" />
      <form
        class="search"
        onSubmit={(event: Event) => {
          event.preventDefault();
          const text = fieldsOf(event)("id");
          location.hash = hrefOf("jobs", uuid.exec(text)?.[0].toLowerCase() ?? text);
        }}
      >
        <Field
          label="Job id"
          hint="Or a URL or a log line that contains it. A job is deleted an hour after its end."
          name="id"
          required
          autocomplete="off"
          spellcheck={false}
        />
        <button type="submit" class="primary">
          Show
        </button>
      </form>
    </>
  );
}
