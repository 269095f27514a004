/** A drawer at the right, over the page: it takes the focus, and gives it back when it is closed, as Escape does. */
import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import './drawer.css';

interface DrawerProps {
  readonly title: string;
  /** Of its style. */
  readonly name: string;
  readonly close: () => void;
  readonly children: ComponentChildren;
}

export function Drawer({ title, name, close, children }: DrawerProps) {
  const heading = useId();
  const drawer = useRef<HTMLDivElement>(null);
  // As it goes, not after it: whoever presses the next key has the focus by then.
  useLayoutEffect(() => {
    const before = document.activeElement;
    drawer.current?.focus();
    return () => before instanceof HTMLElement && before.focus();
  }, []);
  const leave = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    close();
  };
  return (
    <div class={`drawer ${name}`} role="dialog" aria-labelledby={heading} tabIndex={-1} ref={drawer} onKeyDown={leave}>
      <header>
        <h2 id={heading}>{title}</h2>
        <button type="button" onClick={close}>
          Close
        </button>
      </header>
      {children}
    </div>
  );
}
