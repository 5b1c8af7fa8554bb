import { useAccess } from "../ops-access.ts";
import { Field } from "./field.tsx";

/** The fields for the operator's name and reason, which the audit records. */
export function WhoAndWhy({ why }: { why: string }) {
  const { by } = useAccess();
  return (
    <>
      <Field label="Your name" name="by" required maxlength={100} value={by} autocomplete="name" />
      <Field label="Why" hint={why} name="why" required maxlength={500} />
    </>
  );
}
