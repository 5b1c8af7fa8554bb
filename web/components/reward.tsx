import type { ResultBody } from "../../client/src/eco2-edge-client.ts";
import { Character } from "../characters/character.tsx";

/** The rewarded character, or why there is none. */
export function Reward({ result }: { result: ResultBody }) {
  const { reward, reward_pending, pipeline_result } = result;
  if (reward) {
    return (
      <section class="card reward" aria-label="캐릭터">
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
  if (reward_pending) {
    return <p class="no-reward">캐릭터 친구가 조금 늦고 있어요. 곧 내 캐릭터에 담아 드릴게요.</p>;
  }
  if (pipeline_result?.classification_result.asks) {
    return <p class="no-reward">무엇인지 확인해 주면 만날 캐릭터가 있는지 봐 드릴게요.</p>;
  }
  const missing = pipeline_result?.final_answer.insufficiencies.length ?? 0;
  const recyclable =
    pipeline_result?.classification_result.classification.major_category === "재활용폐기물";
  return (
    <p class="no-reward">
      {recyclable && missing > 0
        ? "남은 것까지 챙긴 뒤 다시 보여 주면 캐릭터 친구를 만날 수 있어요."
        : "이번에는 만날 캐릭터가 없지만, 바르게 버려 준 것만으로 지구가 고마워해요."}
    </p>
  );
}
