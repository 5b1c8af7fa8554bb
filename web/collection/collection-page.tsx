import type {
  Character as CatalogCharacter,
  Collected,
} from "../../client/src/eco2-edge-client.ts";
import { Character } from "../characters/character.tsx";
import { LoadProblem } from "../components/load-problem.tsx";
import { PageHeading } from "../components/page-heading.tsx";
import { client } from "../resident-client.ts";
import { useLoaded } from "../use-loaded.ts";
import { koreanDay } from "../words/korean-time.ts";

/** The label of the character that guides everybody, met or not. */
const guide = "대표 캐릭터";

/** All characters: those that were met in colour, the others as outlines with how to meet them. */
export function CollectionPage() {
  const { loaded, reload } = useLoaded(async (signal) => {
    const [catalog, owned] = await Promise.all([
      client.catalog({ signal }),
      client.characters({ signal }),
    ]);
    return { catalog, owned };
  }, []);
  const found = loaded.status === "loaded" ? loaded.value : null;
  return (
    <div class="collection-page">
      <div class="page-head">
        <PageHeading>도감</PageHeading>
        {found && (
          <p class="count">
            <strong>{countOf(found)}</strong> / {found.catalog.length} 친구를 만났어요
          </p>
        )}
      </div>
      {found && (
        <progress
          class="collected"
          max={found.catalog.length}
          value={countOf(found)}
          aria-label="만난 친구"
        />
      )}
      {loaded.status === "failed" && <LoadProblem error={loaded.error} onAgain={reload} />}
      {loaded.status === "loading" && <p role="status">친구들을 부르고 있어요…</p>}
      {found && (
        <ul class="characters">
          {found.catalog.map((character) => (
            <CollectionCard
              key={character.name}
              character={character}
              owned={found.owned.find(({ name }) => name === character.name) ?? null}
            />
          ))}
        </ul>
      )}
    </div>
  );
}

const countOf = ({ catalog, owned }: { catalog: CatalogCharacter[]; owned: Collected[] }) =>
  catalog.filter(({ name, match }) => match === guide || owned.some((it) => it.name === name))
    .length;

interface CardProps {
  character: CatalogCharacter;
  owned: Collected | null;
}

function CollectionCard({ character: { name, match, dialog }, owned }: CardProps) {
  const isMet = owned !== null || match === guide;
  return (
    <li class={isMet ? "card met" : "card"}>
      <Character name={name} silhouette={!isMet} />
      <h2>{isMet ? name : "???"}</h2>
      {isMet && <p>“{dialog}”</p>}
      <p class="hint">
        {owned ? (
          <>
            <time datetime={owned.acquired_at}>{koreanDay(owned.acquired_at)}</time>에 만났어요
          </>
        ) : isMet ? (
          "언제나 함께해요"
        ) : (
          `${match} 쓰레기를 찍고 바르게 챙기면 만나요.`
        )}
      </p>
    </li>
  );
}
