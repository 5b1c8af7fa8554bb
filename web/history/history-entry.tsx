import { useState } from "hono/jsx/dom";
import type { HistoryItem } from "../../client/src/eco2-edge-client.ts";
import { Character } from "../characters/character.tsx";
import { Link } from "../components/link.tsx";
import { RegulationSteps } from "../components/regulation-steps.tsx";
import { readRegion } from "../saved-region.ts";
import { scanPath } from "../route.ts";
import { usePhoto } from "../use-photo.ts";
import { categoryName, regulationKey } from "../words/destinations.ts";
import { failureMessage } from "../../client/src/ko.ts";
import { koreanTime } from "../words/korean-time.ts";

/** How long the whole result stays on the server, ms. */
const resultMs = 3_600_000;

interface Props {
  item: HistoryItem;
  onAgain: (words: string) => void;
}

/** One ended scan: what it was, and how it is disposed of when it is opened. */
export function HistoryEntry({ item, onAgain }: Props) {
  const { job_id, category, status, reward, requested_at, ended_at, photo_url } = item;
  const [open, setOpen] = useState(false);
  const kept = usePhoto(job_id, null);
  const [broken, setBroken] = useState(false);
  const photo = kept ?? (broken ? null : photo_url);
  const name = category && (category.minor ?? category.middle ?? category.major);
  const isRecent = Date.now() - Date.parse(ended_at) < resultMs;
  return (
    <li class="card entry">
      <details onToggle={() => setOpen(true)}>
        <summary>
          {photo ? (
            <img src={photo} alt="" loading="lazy" onError={() => setBroken(true)} />
          ) : (
            <span class="no-photo" aria-hidden="true">
              {(name ?? "?").slice(0, 2)}
            </span>
          )}
          <span class="entry-name">
            <strong>{name ?? outcomes[status] ?? "분석하지 못했어요"}</strong>
            <span class="hint">
              {category && category.minor && `${categoryName(category)} · `}
              <time datetime={requested_at}>{koreanTime(requested_at, new Date())}</time>
            </span>
          </span>
          {reward?.name && <Character name={reward.name} />}
        </summary>
        <div class="entry-body">
          {item.error_code && <p>{failureMessage(item.error_code)}</p>}
          {item.insufficiencies.length > 0 && (
            <ul class="lacking" aria-label="남았던 것">
              {item.insufficiencies.map((it) => (
                <li key={it}>{it}</li>
              ))}
            </ul>
          )}
          {open && category && category.major !== "미분류" && (
            // The answer itself is not kept for so long.
            <RegulationSteps
              regulationKey={regulationKey(category)}
              item={category.minor}
              region={readRegion()}
            />
          )}
          <div class="entry-actions">
            {isRecent && (
              <Link href={scanPath(job_id)} class="quiet">
                결과 보기
              </Link>
            )}
            {name && (
              <button type="button" class="quiet" onClick={() => onAgain(name)}>
                또 버리기
              </button>
            )}
          </div>
        </div>
      </details>
    </li>
  );
}

const outcomes: Record<string, string> = {
  failed: "분석하지 못했어요",
  cancelled: "취소했어요",
};
