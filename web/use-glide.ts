import { type RefObject, useLayoutEffect, useRef } from "hono/jsx/dom";

const timing = { duration: 260, easing: "ease" };

/**
 * Lets a block grow and shrink smoothly when `content` changes, so that what stands below it does
 * not jump.
 */
export function useGlide(content: string): RefObject<HTMLDivElement | null> {
  const block = useRef<HTMLDivElement>(null);
  const height = useRef(0);
  const glide = useRef<Animation>(null);
  useLayoutEffect(() => {
    const { current: element } = block;
    if (!element) return;
    // One that is under way goes on from where it is.
    const from = glide.current?.playState === "running" ? element.offsetHeight : height.current;
    glide.current?.cancel();
    const to = element.offsetHeight;
    height.current = to;
    if (!from || from === to || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    glide.current = element.animate(
      { height: [`${from}px`, `${to}px`], overflow: ["clip", "clip"] },
      timing,
    );
  }, [content]);
  return block;
}
