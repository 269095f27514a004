/** What is shown where it is asked for: a button, and what it opens. */
import type { Signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';

interface FoldedProps {
  readonly title: ComponentChildren;
  readonly open: Signal<boolean>;
  /** Drawn while it is open. */
  readonly children: () => ComponentChildren;
}

export function Folded({ title, open, children }: FoldedProps) {
  return (
    <section class="more">
      <button type="button" aria-expanded={open.value} onClick={() => (open.value = !open.value)}>
        {title}
      </button>
      {open.value && children()}
    </section>
  );
}
