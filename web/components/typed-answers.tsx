import { useLayoutEffect, useState } from "hono/jsx/dom";
import { ApiError, type FoundItems } from "../../client/src/eco2-edge-client.ts";
import { client } from "../resident-client.ts";
import { destinationOf } from "../words/destinations.ts";
import { RegulationSteps } from "./regulation-steps.tsx";

/** How long the resident writes no further before the words are searched, ms. */
const pauseMs = 250;
const most = 3;
const longest = 100;

type Found = FoundItems["results"][number];

/** On the way to 우유팩, words are 우유ㅍ and 우유패, too: what nothing is found for may end with an unfinished syllable. */
async function find(query: string, signal: AbortSignal): Promise<Found[]> {
  const options = { signal, attempts: 1 };
  const { results } = await client.searchRegulations(query, options);
  if (results.length > 0 || !/[ㄱ-ㅣ가-힣]$/.test(query)) return results;
  return (await client.searchRegulations(query.slice(0, -1), options)).results;
}

interface Props {
  words: string;
  region: string;
}

/** Items that the words may mean, while they are written, with the steps of each: without a scan. */
export function TypedAnswers({ words, region }: Props) {
  const [found, setFound] = useState<Found[]>([]);
  const query = words.trim();

  useLayoutEffect(() => {
    if (query.length < 2 || query.length > longest) return setFound([]);
    const left = new AbortController();
    const timer = setTimeout(() => {
      find(query, left.signal).then(
        (results) => !left.signal.aborted && setFound(results.slice(0, most)),
        (error: unknown) => {
          // The form itself says when the server is not reached.
          if (!left.signal.aborted && !(error instanceof ApiError)) throw error;
        },
      );
    }, pauseMs);
    return () => {
      clearTimeout(timer);
      left.abort();
    };
  }, [query]);

  if (found.length === 0) return null;
  return (
    <section class="typed" aria-label="바로 보는 배출 방법">
      {found.map((it) => (
        <TypedAnswer key={it.item + it.key} found={it} region={region} />
      ))}
    </section>
  );
}

function TypedAnswer({ found: { item, key, category }, region }: { found: Found; region: string }) {
  const [open, setOpen] = useState(false);
  const destination = destinationOf({ category, group: null });
  return (
    <details onToggle={() => setOpen(true)}>
      <summary>
        <span>
          <strong>{item}</strong> <span class="goes">→ {destination}</span>
        </span>
      </summary>
      {open && <RegulationSteps regulationKey={key} item={item} region={region} />}
    </details>
  );
}
