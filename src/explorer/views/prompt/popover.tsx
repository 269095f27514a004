/** A button, and what it opens below itself: closed by Escape, by a click beside it, and by leaving it with the focus. */
import { type Signal, useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef } from 'preact/hooks';

interface PopoverProps {
  /** What is chosen in it: `Model`. */
  readonly label: string;
  /** What is chosen now, on the button. */
  readonly summary: ComponentChildren;
  /** On the button, for those who point at it. */
  readonly hint?: string | undefined;
  /** Whether it is open, where others open it too. */
  readonly opened?: Signal<boolean>;
  readonly children: (close: () => void) => ComponentChildren;
}

/** Moves what is opened to the left as far as the window's edge wants it. */
export function keepInWindow(element: HTMLElement | null): void {
  if (!element) return;
  element.style.left = '';
  const beyond = element.getBoundingClientRect().right - document.documentElement.clientWidth + 8;
  if (beyond > 0) element.style.left = `${-beyond}px`;
}

export function Popover({ label, summary, hint, opened, children }: PopoverProps) {
  const own = useSignal(false);
  const open = opened ?? own;
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  const close = () => {
    open.value = false;
    button.current?.focus();
  };
  useLayoutEffect(() => {
    // Whoever opens it by its button goes on with what is chosen.
    if (open.value && document.activeElement === button.current)
      box.current?.querySelector<HTMLElement>('.popped input:checked')?.focus();
  }, [open.value]);
  useEffect(() => {
    const outside = ({ target }: Event) => {
      if (!box.current?.contains(target as Node)) open.value = false;
    };
    const fit = () => keepInWindow(box.current?.querySelector<HTMLElement>('.popped') ?? null);
    document.addEventListener('pointerdown', outside);
    addEventListener('resize', fit);
    return () => {
      document.removeEventListener('pointerdown', outside);
      removeEventListener('resize', fit);
    };
  }, []);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it listens to what is in it
    <div
      class="popover"
      ref={box}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !open.value) return;
        event.stopPropagation();
        close();
      }}
      onFocusOut={({ relatedTarget }) => {
        if (relatedTarget && !box.current?.contains(relatedTarget as Node)) open.value = false;
      }}
    >
      <button
        type="button"
        ref={button}
        title={hint}
        aria-expanded={open.value}
        aria-controls={id}
        onClick={() => {
          open.value = !open.value;
        }}
      >
        <span class="visually-hidden">{label}: </span>
        {summary} <span aria-hidden="true">▾</span>
      </button>
      {open.value && (
        <fieldset class="popped" id={id} aria-label={label} ref={(element) => keepInWindow(element)}>
          {children(close)}
        </fieldset>
      )}
    </div>
  );
}
