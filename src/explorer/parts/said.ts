/** What was done, said for a while. */
import { type Signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

/** Milliseconds. */
const saidFor = 3000;

/** Empty until something is said in it, and again after a while. */
export function useSaid(): Signal<string> {
  const said = useSignal('');
  useEffect(() => {
    const timer = said.value && setTimeout(() => (said.value = ''), saidFor);
    return () => clearTimeout(timer || undefined);
  }, [said.value]);
  return said;
}
