import type { ScanView } from "../../client/src/eco2-edge-client.ts";
import { certaintyWords } from "../words/certainty-words.ts";
import { CheckIcon } from "./icons.tsx";

interface Props {
  classification: NonNullable<ScanView["classification"]>;
  certainty: ScanView["certainty"];
}

/** The item's category from major to minor, and how certain it is. */
export function Category({ classification, certainty }: Props) {
  const { major_category: major, middle_category: middle, minor_category: minor } = classification;
  const words = certainty && certaintyWords(certainty);
  return (
    <section class="category">
      <h2>이렇게 보여요</h2>
      <p class="chips">
        {[...new Set([major, middle])]
          .filter((name) => name !== minor)
          .map((name) => (
            <span key={name} class="chip">
              {name}
            </span>
          ))}
        {minor && <strong class="chip item">{minor}</strong>}
      </p>
      {words && (
        <p class="certainty">
          {certainty.confirmed_by && <CheckIcon />}
          {words}
        </p>
      )}
    </section>
  );
}
