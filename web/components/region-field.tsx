import { useLayoutEffect, useRef, useState } from "hono/jsx/dom";
import { ApiError } from "../../client/src/index.ts";
import { client } from "../client.ts";
import { maxRegion } from "../region.ts";

interface Props {
  region: string;
  disabled: boolean;
  onChange: (region: string) => void;
}

/** The regions whose local rules are known; none when they cannot be had: one can be typed all the same. */
async function knownRegions(): Promise<string[]> {
  try {
    const { regions } = await client.regulations({ attempts: 1 });
    return regions;
  } catch (error) {
    if (error instanceof ApiError) return [];
    throw error;
  }
}

/** Whose local rules are wanted: one line that opens, since most are helped without. */
export function RegionField({ region, disabled, onChange }: Props) {
  const [known, setKnown] = useState<string[]>([]);
  const asked = useRef(false);
  const input = useRef<HTMLInputElement>(null);

  // The browser owns the text, as it does the words above.
  useLayoutEffect(() => {
    if (input.current) input.current.value = region;
  }, []);

  async function suggest() {
    if (asked.current) return;
    asked.current = true;
    const regions = await knownRegions();
    // Asked again when it is opened again.
    asked.current = regions.length > 0;
    setKnown(regions);
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
          {known.map((name) => (
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
