/** Takes a view along: as SVG, PNG, CSV, JSON, or as the query behind it; copied or downloaded. */
import { useSignal } from '@preact/signals';
import { useEffect, useId, useRef } from 'preact/hooks';
import { later } from '../parts/later.tsx';
import type { LaterTakeaway } from './later.ts';
import type { Takeaway } from './takeaway.ts';
import './menu.css';

const Menu = later((more) => more.Menu);

/** Milliseconds for which it is said what was done. */
const said = 3000;

export function TakeawayMenu({ takeaway }: { readonly takeaway: Takeaway | LaterTakeaway }) {
  const isOpen = useSignal(false);
  const outcome = useSignal('');
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  useEffect(() => {
    if (!outcome.value) return;
    const timer = setTimeout(() => {
      outcome.value = '';
    }, said);
    return () => clearTimeout(timer);
  }, [outcome.value]);
  const close = () => {
    isOpen.value = false;
    button.current?.focus();
  };
  const run = async (take: () => Promise<string>) => {
    close();
    try {
      outcome.value = await take();
    } catch (thrown) {
      outcome.value = String(thrown);
    }
  };
  const leave = ({ relatedTarget, currentTarget }: FocusEvent) => {
    if (!(currentTarget as Element).contains(relatedTarget as Element | null)) isOpen.value = false;
  };
  return (
    <div class="takeaway" onFocusOut={leave}>
      <span class="said" role="status">
        {outcome.value}
      </span>
      <button
        type="button"
        ref={button}
        aria-haspopup="menu"
        aria-expanded={isOpen.value}
        aria-controls={isOpen.value ? id : undefined}
        aria-label={`Take ${takeaway.name} along`}
        title="Take it along"
        onClick={() => (isOpen.value = !isOpen.value)}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowDown') return;
          event.preventDefault();
          isOpen.value = true;
        }}
      >
        ⤓
      </button>
      {isOpen.value && <Menu id={id} takeaway={takeaway} close={close} run={run} />}
    </div>
  );
}
