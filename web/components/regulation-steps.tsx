import { client } from "../resident-client.ts";
import { useLoaded } from "../use-loaded.ts";
import { PhoneLinks } from "./phone-links.tsx";
import { LoadProblem } from "./load-problem.tsx";

interface Props {
  regulationKey: string;
  /** The name or alias of an item; null for the common steps. */
  item: string | null;
  region: string;
}

/** The steps of a regulation's item, with the region's. */
export function RegulationSteps({ regulationKey, item, region }: Props) {
  const { loaded, reload } = useLoaded(
    (signal) => client.regulation(regulationKey, { signal, region: region || undefined }),
    [regulationKey, region],
  );
  if (loaded.status === "failed") return <LoadProblem error={loaded.error} onAgain={reload} />;
  if (loaded.status === "loading") return <p role="status">배출 방법을 불러오고 있어요…</p>;
  const { items, groups, steps, local } = loaded.value;
  const named = items.find(({ name, aliases }) => name === item || aliases.includes(item ?? ""));
  const own = groups.find(({ name }) => name === named?.group)?.steps ?? steps;
  return (
    <ol class="numbered">
      {[...own, ...(local?.schedule ? [local.schedule] : [])].map((step) => (
        <li key={step}>
          <PhoneLinks text={step} />
        </li>
      ))}
    </ol>
  );
}
