import { parseResponse } from "hono/client";
import { useAccess } from "../ops-access.ts";
import { hrefOf } from "../href.ts";
import { FormError } from "../parts/form-error.tsx";
import { Field } from "../parts/field.tsx";
import { fieldsOf } from "../parts/form-fields.ts";
import { useAction } from "../parts/use-action.ts";
import type { ShownContent } from "./show-content.tsx";
import { testReasons } from "./test-reasons.ts";

/** Runs what is shown again, with other words or another model, for the reason that it was shown for. */
export function RunTest({ content, by, why }: ShownContent) {
  const { client } = useAccess();
  const { busy, error, act } = useAction();
  const { job_id, words, photo, model, models } = content;
  function run(event: Event) {
    event.preventDefault();
    const textOf = fieldsOf(event);
    act(async () => {
      const json = { user_input: textOf("user_input"), model: textOf("model"), by, why };
      const request = { param: { id: job_id }, json };
      const { job_id: test } = await parseResponse(client.jobs[":id"].tests.$post(request));
      testReasons.set(test, { by, why, client });
      location.hash = hrefOf("jobs", test);
    });
  }
  return (
    <form aria-labelledby="run-test" onSubmit={run}>
      <h3 id="run-test">Run as a test</h3>
      <p class="hint">
        It gives no character, counts for no quota and is in no history of the resident. What it
        costs is counted.
      </p>
      <Field
        label="Words"
        name="user_input"
        hint={photo ? "Empty for the photo alone." : "A test needs words, or a photo."}
        required={!photo}
        maxlength={1_000}
        value={words ?? ""}
        control={({ value, ...attributes }) => (
          <textarea {...attributes} rows={2} lang="ko">
            {value}
          </textarea>
        )}
      />
      <Field
        label="Model"
        name="model"
        control={(attributes) => (
          <select {...attributes}>
            {models.map(({ name, provider }) => (
              <option key={name} value={name} selected={name === model}>
                {provider} / {name}
              </option>
            ))}
          </select>
        )}
      />
      <FormError error={error} />
      <p class="actions">
        <button type="submit" disabled={busy}>
          {busy ? "Starting …" : "Run as a test"}
        </button>
      </p>
    </form>
  );
}
