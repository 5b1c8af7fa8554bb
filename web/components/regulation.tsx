import type { ScanView } from "../client/scan-view.ts";

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
      <p class="source">
        근거: {source.title} · {source.publisher} ·{" "}
        <time datetime={source.effective_date}>{koreanDate(source.effective_date)}</time> 시행
      </p>
    </>
  );
}

function koreanDate(isoDate: string): string {
  const [year, month, day] = isoDate.split("-").map(Number);
  return `${year}년 ${month}월 ${day}일`;
}
