/** Copies a text, and says that it did. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { copy } from './copy.ts';

/** Milliseconds for which it is said. */
const said = 2000;

interface CopyButtonProps {
  /** Made when it is copied. */
  readonly text: () => string;
  readonly disabled?: boolean;
  readonly children: ComponentChildren;
}

export function CopyButton({ text, disabled = false, children }: CopyButtonProps) {
  const outcome = useSignal('');
  useEffect(() => {
    if (!outcome.value) return;
    const timer = setTimeout(() => {
      outcome.value = '';
    }, said);
    return () => clearTimeout(timer);
  }, [outcome.value]);
  const press = async () => {
    outcome.value = (await copy(text())) ? 'Copied' : 'The browser does not allow it';
  };
  return (
    <>
      <button type="button" disabled={disabled} onClick={press}>
        {outcome.value || children}
      </button>
      <span class="visually-hidden" role="status">
        {outcome.value}
      </span>
    </>
  );
}
