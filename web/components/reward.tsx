import { useLayoutEffect, useRef } from "hono/jsx/dom";
import type { ResultBody } from "../../client/src/eco2-edge-client.ts";
import { Character } from "../characters/character.tsx";

interface Props {
  result: ResultBody;
  /** Whether the resident has asked for it by a button, which is gone now. */
  focused: boolean;
}

/** The rewarded character, or why there is none. */
export function Reward({ result, focused }: Props) {
  const { reward, reward_pending, reward_refusal } = result;
  const news = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    if (!focused) return;
    // No further than into view.
    news.current?.scrollIntoView({ block: "nearest" });
    news.current?.focus({ preventScroll: true });
  }, []);
  if (reward) {
    return (
      <section class="card reward" aria-label="캐릭터" tabindex={-1} ref={news}>
        <Character name={reward.name} />
        <div>
          <h2>
            <span class="earned">
              {reward.already_owned ? "다시 만난 친구예요!" : "새 친구를 만났어요!"}
            </span>{" "}
            {reward.name}
          </h2>
          <p>“{reward.dialog}”</p>
        </div>
      </section>
    );
  }
  return (
    <p class="no-reward" tabindex={-1} ref={news}>
      {reward_pending ? late : (reward_refusal?.message ?? thanks)}
    </p>
  );
}

const late = "캐릭터 친구가 조금 늦고 있어요. 곧 내 캐릭터에 담아 드릴게요.";
const thanks = "이번에는 만날 캐릭터가 없지만, 바르게 버려 준 것만으로 지구가 고마워해요.";
