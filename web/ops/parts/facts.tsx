import type { Child } from "hono/jsx";

/** A term, its detail, and the class of the detail; false is left out. */
export type Fact = [term: string, detail: Child, tone?: string] | false;

interface Props {
  /** `facts`: a list. `numbers`: a row of large numbers. */
  class?: "facts" | "numbers";
  facts: Fact[];
}

/** Terms with their details. */
export const Facts = ({ class: name = "facts", facts }: Props) => (
  <dl class={name}>
    {facts.map(
      (fact) =>
        fact && (
          <div key={fact[0]}>
            <dt>{fact[0]}</dt>
            <dd class={fact[2]}>{fact[1]}</dd>
          </div>
        ),
    )}
  </dl>
);
