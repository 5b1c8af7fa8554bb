import { useLayoutEffect, useState } from "hono/jsx/dom";
import { ApiError } from "../client/src/eco2-edge-client.ts";
import { type PushChoice, readPush, turnPushOff, turnPushOn } from "./push.ts";

export type PushPhase = "idle" | "changing" | "failed";

/** Whether this browser is notified of parked scans, and how to change that. */
export function usePush() {
  const [choice, setChoice] = useState<PushChoice>("none");
  const [phase, setPhase] = useState<PushPhase>("idle");

  async function change(turn: () => Promise<PushChoice>) {
    if (phase === "changing") return;
    setPhase("changing");
    try {
      setChoice(await turn());
      setPhase("idle");
    } catch (error) {
      // The API, or the push service of the browser, cannot be reached.
      if (!(error instanceof ApiError || error instanceof DOMException)) throw error;
      setPhase("failed");
    }
  }

  useLayoutEffect(() => {
    readPush().then(setChoice, (error: unknown) => {
      if (!(error instanceof ApiError || error instanceof DOMException)) throw error;
    });
  }, []);

  return {
    choice,
    phase,
    turnOn: () => void change(turnPushOn),
    turnOff: () => void change(turnPushOff),
  };
}
