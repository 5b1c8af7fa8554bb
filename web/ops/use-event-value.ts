import { useLayoutEffect, useState } from "hono/jsx/dom";

/** A value outside of the page's own state, read again at each event of `target`. */
export function useEventValue<Value>(target: EventTarget, type: string, read: () => Value): Value {
  const [value, setValue] = useState(read);
  useLayoutEffect(() => {
    const update = () => setValue(read());
    target.addEventListener(type, update);
    return () => target.removeEventListener(type, update);
  }, []);
  return value;
}
