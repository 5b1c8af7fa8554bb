import { type RefObject, useLayoutEffect, useRef } from "hono/jsx/dom";

const timing = { duration: 260, easing: "ease" };

/** Animates a block's height when `content` changes, so that the elements below do not jump. */
export function useHeightTransition(content: string): RefObject<HTMLDivElement | null> {
  const block = useRef<HTMLDivElement>(null);
  const height = useRef(0);
  const animation = useRef<Animation>(null);
  useLayoutEffect(() => {
    const { current: element } = block;
    if (!element) return;
    // A running animation continues from its present height.
    const from = animation.current?.playState === "running" ? element.offsetHeight : height.current;
    animation.current?.cancel();
    const to = element.offsetHeight;
    height.current = to;
    if (!from || from === to || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    animation.current = element.animate(
      { height: [`${from}px`, `${to}px`], overflow: ["clip", "clip"] },
      timing,
    );
  }, [content]);
  return block;
}
