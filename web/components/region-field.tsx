import { useLayoutEffect, useRef, useState } from "hono/jsx/dom";
import { ApiError } from "../../client/src/eco2-edge-client.ts";
import { client } from "../resident-client.ts";
import { maxRegion } from "../saved-region.ts";

interface Props {
  region: string;
  disabled: boolean;
  onChange: (region: string) => void;
}

/** The regions with local rules, as suggestions; none when the request fails. */
async function loadRegions(): Promise<string[]> {
  try {
    const { regions } = await client.regulations({ attempts: 1 });
    return regions;
  } catch (error) {
    if (error instanceof ApiError) return [];
    throw error;
  }
}

/** The resident's region, collapsed since it is optional. */
export function RegionField({ region, disabled, onChange }: Props) {
  const [regions, setRegions] = useState<string[]>([]);
  const requested = useRef(false);
  const input = useRef<HTMLInputElement>(null);

  // Uncontrolled, as the description is.
  useLayoutEffect(() => {
    if (input.current) input.current.value = region;
  }, []);

  async function suggest() {
    if (requested.current) return;
    requested.current = true;
    const loaded = await loadRegions();
    // A failed request is repeated when the field is opened again.
    requested.current = loaded.length > 0;
    setRegions(loaded);
  }

  return (
    <details class="region" onToggle={() => void suggest()}>
      <summary>
        <span>
          사는 곳 <span class="optional">{region.trim() || "전국 공통 기준"}</span>
        </span>
      </summary>
      <div class="region-field">
        <label class="unseen" for="region">
          사는 곳의 시·군·구
        </label>
        <input
          id="region"
          ref={input}
          list="regions"
          maxlength={maxRegion}
          autocomplete="off"
          placeholder="예: 서울특별시 강남구"
          aria-describedby="region-hint"
          readonly={disabled}
          onInput={() => onChange(input.current?.value ?? "")}
        />
        <datalist id="regions">
          {regions.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <p class="hint" id="region-hint">
          동네의 배출 요일과 예약 방법까지 알려 드려요. 비워 두면 전국 공통 기준이에요.
        </p>
      </div>
    </details>
  );
}
