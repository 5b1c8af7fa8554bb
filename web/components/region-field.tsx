import { useRef, useState } from "hono/jsx/dom";
import { ApiError } from "../../client/src/eco2-edge-client.ts";
import { findRegions, municipalitiesOf, provinces, splitRegion } from "../regions.ts";
import { client } from "../resident-client.ts";

interface Props {
  region: string;
  disabled: boolean;
  onChange: (region: string) => void;
}

const mostFound = 6;
const ownRules = "동네 기준 있음";

/** The regions with local rules; none when the request fails. */
async function loadRegions(): Promise<string[]> {
  try {
    const { regions } = await client.regulations({ attempts: 1 });
    return regions;
  } catch (error) {
    if (error instanceof ApiError) return [];
    throw error;
  }
}

const valueOf = ({ target }: Event) =>
  target instanceof HTMLSelectElement || target instanceof HTMLInputElement ? target.value : "";

/**
 * The resident's region, collapsed since it is optional: by a part of its name, or by province and municipality.
 * Those with rules of their own are marked.
 */
export function RegionField({ region, disabled, onChange }: Props) {
  const [withRules, setWithRules] = useState<string[]>([]);
  const [search, setSearch] = useState("");
  const chosen = splitRegion(region);
  const [province, setProvince] = useState(chosen.province);
  const requested = useRef(false);
  const found = findRegions(search, mostFound);
  const isNone = search.trim() !== "" && found.length === 0;
  const municipalities = municipalitiesOf(province);

  async function suggest() {
    if (requested.current) return;
    requested.current = true;
    const loaded = await loadRegions();
    // A failed request is repeated when the field is opened again.
    requested.current = loaded.length > 0;
    setWithRules(loaded);
  }

  function choose(next: string) {
    setProvince(splitRegion(next).province);
    setSearch("");
    onChange(next);
  }

  function chooseProvince(next: string) {
    setProvince(next);
    onChange(next === "" || municipalitiesOf(next).length > 0 ? "" : next);
  }

  const mark = (name: string) => (withRules.includes(name) ? ` (${ownRules})` : "");

  return (
    <details class="region" onToggle={() => void suggest()}>
      <summary>
        <span>
          사는 곳 <span class="optional">{region || "전국 공통 기준"}</span>
        </span>
      </summary>
      <div class="region-field">
        <label class="field">
          <span class="hint">동네 이름으로 찾기</span>
          <input
            id="region"
            type="search"
            autocomplete="off"
            placeholder="예: 강남"
            value={search}
            disabled={disabled}
            onInput={(event) => setSearch(valueOf(event))}
            onKeyDown={(event: KeyboardEvent) => {
              if (event.key !== "Enter" || event.isComposing) return;
              // Enter chooses the first one; it does not submit the form.
              event.preventDefault();
              if (found[0]) choose(found[0]);
            }}
          />
        </label>
        {found.length > 0 && (
          <ul class="found" aria-label="찾은 동네">
            {found.map((name) => (
              <li key={name}>
                <button type="button" disabled={disabled} onClick={() => choose(name)}>
                  {name}
                  {withRules.includes(name) && <span class="badge">{ownRules}</span>}
                </button>
              </li>
            ))}
          </ul>
        )}
        <p class={isNone ? "hint" : "unseen"} role="status">
          {isNone
            ? "그런 이름의 시·군·구가 없어요."
            : found.length > 0
              ? `${found.length}곳을 찾았어요.`
              : region}
        </p>
        <div class="selects">
          <label class="field">
            <span class="hint">시·도</span>
            <select disabled={disabled} onChange={(event) => chooseProvince(valueOf(event))}>
              <option value="">전국 공통 기준</option>
              {provinces.map((name) => (
                <option key={name} value={name} selected={name === province}>
                  {name}
                  {municipalitiesOf(name).length === 0 && mark(name)}
                </option>
              ))}
            </select>
          </label>
          {municipalities.length > 0 && (
            <label class="field">
              <span class="hint">시·군·구</span>
              <select
                disabled={disabled}
                onChange={(event) => {
                  const name = valueOf(event);
                  onChange(name === "" ? "" : `${province} ${name}`);
                }}
              >
                <option value="">골라 주세요</option>
                {municipalities.map((name) => (
                  <option key={name} value={name} selected={name === chosen.municipality}>
                    {name}
                    {mark(`${province} ${name}`)}
                  </option>
                ))}
              </select>
            </label>
          )}
        </div>
        <p class="hint">동네마다 다른 요일과 장소, 신청 방법까지 알려 드려요.</p>
      </div>
    </details>
  );
}
