import { type RefCallback, useCallback, useState } from "react";

/** The width of an element as it is laid out, 0 before that. */
export function useWidth<E extends HTMLElement>(): [number, RefCallback<E>] {
  const [width, setWidth] = useState(0);
  const watch = useCallback((element: E | null) => {
    if (!element) return;
    setWidth(element.clientWidth);
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [width, watch];
}
