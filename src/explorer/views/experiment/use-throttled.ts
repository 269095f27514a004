/** What is told often and done seldom. */
import { useEffect, useMemo } from 'preact/hooks';

/** @param every milliseconds; at the end of each, once, where it was called for */
export function useThrottled(act: () => void, every: number): () => void {
  const throttle = useMemo(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const call = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        act();
      }, every);
    };
    return { call, end: () => clearTimeout(timer) };
  }, [act, every]);
  useEffect(() => throttle.end, [throttle]);
  return throttle.call;
}
