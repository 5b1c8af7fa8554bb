import { useState } from "hono/jsx/dom";

/** Copies a text, and says so. */
export function CopyButton({ what, text }: { what: string; text: string }) {
  const [outcome, setOutcome] = useState("");
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setOutcome(`${what} copied`),
      () => setOutcome(`The browser did not copy the ${what}`),
    );
  return (
    <>
      <button type="button" onClick={() => void copy()}>
        Copy {what}
      </button>
      <span role="status">{outcome}</span>
    </>
  );
}
