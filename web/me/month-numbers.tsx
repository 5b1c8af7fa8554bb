import { client } from "../resident-client.ts";
import { LoadProblem } from "../components/load-problem.tsx";
import { useLoaded } from "../use-loaded.ts";
import { categoryName } from "../words/destinations.ts";

/** More scans than this are not counted one by one. */
const most = 500;

interface Month {
  scans: number;
  ready: number;
  characters: number;
  /** The category that was disposed of most often. */
  favourite: string | null;
}

/** The month so far, by the scans of the history. */
async function loadMonth(signal: AbortSignal): Promise<Month> {
  const now = new Date();
  const start = new Date(now.getFullYear(), now.getMonth(), 1).toISOString();
  const month: Month = { scans: 0, ready: 0, characters: 0, favourite: null };
  const counts = new Map<string, number>();
  for await (const item of client.historyAll({ limit: 100, signal })) {
    if (item.requested_at < start || month.scans === most) break;
    if (item.status !== "completed" || !item.category) continue;
    month.scans++;
    if (item.insufficiencies.length === 0) month.ready++;
    if (item.reward) month.characters++;
    const name = categoryName(item.category);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  month.favourite = [...counts].toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? null;
  return month;
}

/** The numbers of the month. */
export function MonthNumbers() {
  const { loaded, reload } = useLoaded(loadMonth, []);
  if (loaded.status === "failed") return <LoadProblem error={loaded.error} onAgain={reload} />;
  const { scans, ready, characters, favourite } =
    loaded.status === "loaded"
      ? loaded.value
      : { scans: null, ready: null, characters: null, favourite: null };
  const numbers = [
    { text: "분리배출", value: scans },
    { text: "한 번에 바르게", value: ready },
    { text: "캐릭터 만남", value: characters },
  ];
  return (
    <section class="card month" aria-label="이번 달">
      <h2>이번 달</h2>
      <dl class="numbers">
        {numbers.map(({ text, value }) => (
          <div key={text}>
            <dt>{text}</dt>
            <dd>{value ?? "…"}</dd>
          </div>
        ))}
      </dl>
      {scans === 0 && <p class="hint">이번 달에는 아직 기록이 없어요.</p>}
      {favourite && <p class="hint">가장 많이 버린 종류: {favourite}</p>}
    </section>
  );
}
