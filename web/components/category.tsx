import type { Classification } from "../../client/src/eco2-edge-client.ts";

/** The item's category from major to minor. */
export function Category({ classification }: { classification: Classification }) {
  const { major_category: major, middle_category: middle, minor_category: minor } = classification;
  return (
    <section class="category">
      <h2>이렇게 보여요</h2>
      <p class="chips">
        <span class="chip">{major}</span>
        {middle !== major && <span class="chip">{middle}</span>}
        {minor && <strong class="chip item">{minor}</strong>}
      </p>
    </section>
  );
}
