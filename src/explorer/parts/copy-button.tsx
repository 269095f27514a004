/** Copies a text, and says that it did. */
import type { ComponentChildren } from 'preact';
import { copy } from './copy.ts';
import { useSaid } from './said.ts';

interface CopyButtonProps {
  /** Made when it is copied. */
  readonly text: () => string;
  readonly disabled?: boolean;
  readonly children: ComponentChildren;
}

export function CopyButton({ text, disabled = false, children }: CopyButtonProps) {
  const outcome = useSaid();
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
