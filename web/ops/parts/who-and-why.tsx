import { useAccess } from "../access.ts";
import { Field } from "./field.tsx";

/** Who does something, and why: every change is noted with both. */
export function WhoAndWhy({ why }: { why: string }) {
  const { by } = useAccess();
  return (
    <>
      <Field label="Your name">
        {(attributes) => (
          <input
            {...attributes}
            name="by"
            required
            maxlength={100}
            value={by}
            autocomplete="name"
          />
        )}
      </Field>
      <Field label="Why" hint={why}>
        {(attributes) => <input {...attributes} name="why" required maxlength={500} />}
      </Field>
    </>
  );
}
