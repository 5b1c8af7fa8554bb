import { PushOn } from "../components/push-offer.tsx";
import { usePush } from "../use-push.ts";

/** Turns notifications of parked scans off, where they are on. */
export function PushSetting() {
  const { choice, phase, turnOff } = usePush();
  return choice === "on" ? (
    <section class="card push-offer" aria-label="알림">
      <h2>알림</h2>
      <PushOn phase={phase} onOff={turnOff} />
    </section>
  ) : null;
}
