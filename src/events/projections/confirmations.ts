import { RedactedEvent } from "../redacted-event.ts";
import type { LoggedEvent } from "../logged-event.ts";
import type { Projection } from "./projection.ts";

/** What residents chose, and what was shown to them: examples for the evaluation of models, of nobody. */
export const confirmations: Projection = {
  name: "confirmations",
  rowOf({ cursor, type, at, data }: LoggedEvent) {
    if (type !== "scan.confirmed") return null;
    const event = RedactedEvent.parse({ type, data });
    if (event.type !== "scan.confirmed") return null;
    const { by, model, chosen, shown } = event.data;
    const { major_category: major, middle_category: middle } = chosen;
    return { cursor, at, model, confirmed_by: by, major, middle, shown: JSON.stringify(shown) };
  },
  write: `
    INSERT INTO confirmations (cursor, at, model, confirmed_by, major, middle, shown)
    SELECT value ->> 'cursor', value ->> 'at', value ->> 'model', value ->> 'confirmed_by',
      value ->> 'major', value ->> 'middle', value ->> 'shown'
    FROM json_each(?1)`,
  reset: "DELETE FROM confirmations",
};
