import { useLayoutEffect, useRef, useState } from "hono/jsx/dom";
import {
  ApiError,
  type HistoryCategory,
  type HistoryPage as Page,
} from "../../client/src/eco2-edge-client.ts";
import { Link } from "../components/link.tsx";
import { LoadProblem } from "../components/load-problem.tsx";
import { PageHeading } from "../components/page-heading.tsx";
import { client } from "../resident-client.ts";
import { useLoaded } from "../use-loaded.ts";
import { categoryName, isHistoryCategory } from "../words/destinations.ts";
import { HistoryEntry } from "./history-entry.tsx";

interface Props {
  /** Starts a scan with these words. */
  onAgain: (words: string) => void;
}

/** The resident's ended scans, the newest first, of one category or of all. */
export function HistoryPage({ onAgain }: Props) {
  const [category, setCategory] = useState<HistoryCategory | undefined>(undefined);
  const { loaded: categories } = useLoaded(categoriesOf, []);
  const { loaded, reload } = useLoaded(
    (signal) => client.history({ signal, category }),
    [category ?? null],
  );
  const known = categories.status === "loaded" ? categories.value : [];
  return (
    <div class="history-page">
      <PageHeading>내 기록</PageHeading>
      {known.length > 1 && (
        <ul class="examples" aria-label="종류">
          {[undefined, ...known].map((name) => (
            <li key={name ?? ""}>
              <button
                type="button"
                aria-pressed={name === category ? "true" : "false"}
                onClick={() => setCategory(name)}
              >
                {name ?? "모두"}
              </button>
            </li>
          ))}
        </ul>
      )}
      {loaded.status === "failed" && <LoadProblem error={loaded.error} onAgain={reload} />}
      {loaded.status === "loading" && <p role="status">기록을 불러오고 있어요…</p>}
      {loaded.status === "loaded" && (
        <HistoryList
          key={category ?? ""}
          first={loaded.value}
          category={category}
          onAgain={onAgain}
        />
      )}
    </div>
  );
}

/** The categories that the resident has disposed of, the most frequent first. */
async function categoriesOf(signal: AbortSignal): Promise<HistoryCategory[]> {
  const { by_category } = await client.stats({ signal });
  const names = by_category.flatMap(({ major, middle }) =>
    major === null ? [] : categoryName({ major, middle }),
  );
  return [...new Set(names)].filter(isHistoryCategory);
}

interface ListProps extends Props {
  first: Page;
  category: HistoryCategory | undefined;
}

/** The scans of one category, with the next page by a button. */
function HistoryList({ first, category, onAgain }: ListProps) {
  const [items, setItems] = useState(first.items);
  const [cursor, setCursor] = useState(first.next_cursor);
  const [error, setError] = useState<ApiError | null>(null);
  const [loading, setLoading] = useState(false);

  const list = useRef<HTMLUListElement>(null);
  const shown = useRef(items.length);
  // The button is behind what it has loaded, or gone.
  useLayoutEffect(() => {
    const next = list.current?.children[shown.current ?? 0];
    shown.current = items.length;
    next?.querySelector("summary")?.focus({ preventScroll: true });
  }, [items.length]);

  async function more() {
    setLoading(true);
    setError(null);
    try {
      const page = await client.history({ cursor: cursor ?? undefined, category });
      setItems([...items, ...page.items]);
      setCursor(page.next_cursor);
    } catch (problem) {
      if (!(problem instanceof ApiError)) throw problem;
      setError(problem);
    }
    setLoading(false);
  }

  if (items.length === 0) {
    return (
      <div class="card empty">
        <p>아직 기록이 없어요.</p>
        <Link href="/" class="primary">
          첫 번째로 버릴 것 찍기
        </Link>
      </div>
    );
  }
  return (
    <>
      <ul class="entries" ref={list}>
        {items.map((item) => (
          <HistoryEntry key={item.job_id} item={item} onAgain={onAgain} />
        ))}
      </ul>
      {error && <LoadProblem error={error} onAgain={() => void more()} />}
      {cursor !== null && !error && (
        <button type="button" class="quiet" disabled={loading} onClick={() => void more()}>
          {loading ? "불러오고 있어요…" : "더 보기"}
        </button>
      )}
    </>
  );
}
