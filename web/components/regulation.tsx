import type { Rule } from "../../client/src/eco2-edge-client.ts";
import { Source } from "./source.tsx";

/** What must not go with the item, and the source of the steps. */
export function Regulation({ rule: { not_accepted, source } }: { rule: Rule }) {
  return (
    <>
      {not_accepted.length > 0 && (
        <details>
          <summary>함께 버리면 안 되는 것</summary>
          <ul>
            {not_accepted.map(({ name, reason }) => (
              <li key={name}>
                <strong>{name}</strong> {reason}
              </li>
            ))}
          </ul>
        </details>
      )}
      <Source source={source} dated="시행" />
    </>
  );
}
