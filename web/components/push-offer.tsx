import { type PushPhase, usePush } from "../use-push.ts";

/** Offers a notification of the end of a parked scan. The browser asks when the button is pressed, and never before. */
export function PushOffer() {
  const { choice, phase, turnOn, turnOff } = usePush();
  if (choice === "none") return null;
  return (
    <section class="card push-offer" aria-label="알림">
      {choice === "ask" && (
        <>
          <button
            type="button"
            class="primary"
            aria-disabled={phase === "changing" ? "true" : undefined}
            onClick={turnOn}
          >
            답이 나오면 알림 받기
          </button>
          <p class="hint">이 화면을 닫아도 괜찮아요. 분석이 끝나면 알림을 보내 드릴게요.</p>
        </>
      )}
      {choice === "on" && <PushOn phase={phase} onOff={turnOff} />}
      <p role="status">
        {choice === "denied" &&
          "이 브라우저에서 알림이 꺼져 있어요. 브라우저 설정에서 이 사이트의 알림을 허용하면 켤 수 있어요."}
        {choice === "ask" &&
          phase === "failed" &&
          "알림을 켜지 못했어요. 잠시 뒤에 다시 눌러 주세요."}
      </p>
    </section>
  );
}

interface PushOnProps {
  phase: PushPhase;
  onOff: () => void;
}

/** The notification is on, and can be turned off. */
export const PushOn = ({ phase, onOff }: PushOnProps) => (
  <>
    <p>답이 나오면 알림으로 알려 드릴게요.</p>
    <button
      type="button"
      class="quiet"
      aria-disabled={phase === "changing" ? "true" : undefined}
      onClick={onOff}
    >
      알림 끄기
    </button>
    <p role="status">{phase === "failed" && "알림을 끄지 못했어요. 잠시 뒤에 다시 눌러 주세요."}</p>
  </>
);
