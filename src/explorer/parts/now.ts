/** The time, for what is counted from it. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

/** Milliseconds since 1970, looked up again every so many. */
export function useNow(every: number): number {
  const now = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      now.value = Date.now();
    }, every);
    return () => clearInterval(timer);
  }, []);
  return now.value;
}
