import { Field } from "../parts/field.tsx";
import { textsIn } from "../parts/form-texts.ts";
import { PageHead } from "../parts/page-head.tsx";
import { hrefOf } from "../address.ts";
import type { PageProps } from "../route.ts";
import { JobPage } from "./job-page.tsx";

const uuid = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/i;

/** One job, or where to look for it. */
export const JobsPage = ({ of }: PageProps) => (of === null ? <Search /> : <JobPage id={of} />);

function Search() {
  return (
    <>
      <PageHead title="Jobs" />
      <form
        class="search"
        onSubmit={(event: Event) => {
          event.preventDefault();
          const asked = textsIn(event)("id");
          location.hash = hrefOf("jobs", uuid.exec(asked)?.[0].toLowerCase() ?? asked);
        }}
      >
        <Field
          label="Job id"
          hint="Or an address, or a line of a log, that has it. Jobs are kept for an hour after their end."
        >
          {(attributes) => (
            <input {...attributes} name="id" required autocomplete="off" spellcheck={false} />
          )}
        </Field>
        <button type="submit" class="primary">
          Show
        </button>
      </form>
    </>
  );
}
