/** Takes a view along: as SVG, PNG, CSV, JSON, or as the query behind it; copied or downloaded. */
import { useSignal } from '@preact/signals';
import { useId, useRef } from 'preact/hooks';
import { type LaterTakeaway, later } from '../parts/later.tsx';
import { useSaid } from '../parts/said.ts';
import type { Takeaway } from './takeaway.ts';
import './menu.css';

const Menu = later((more) => more.Menu);

export function TakeawayMenu({ takeaway }: { readonly takeaway: Takeaway | LaterTakeaway }) {
  const isOpen = useSignal(false);
  const outcome = useSaid();
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
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
