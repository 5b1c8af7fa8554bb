import type { ScanView } from "../../client/src/index.ts";
import { Source } from "./source.tsx";

interface Props {
  rule: NonNullable<ScanView["rule"]>;
}

/** Where the steps come from, and what is easily taken for the same. */
export function Regulation({ rule: { not_accepted, source } }: Props) {
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
