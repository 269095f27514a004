/** The views on the right: one at a time, chosen by its tab. Only the one that is open asks and draws. */
import { useId } from 'preact/hooks';
import { Sized } from './parts/sized.tsx';
import type { Explanation } from './state/explanation.ts';
import { view } from './state/workspace.ts';
import { views } from './views/registry.ts';

export function Tabs({ explanation }: { readonly explanation: Explanation }) {
  const id = useId();
  const open = views.find(({ name }) => name === view.value) ?? views[0];
  const move = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || !open) return;
    const next = views[(views.indexOf(open) + step + views.length) % views.length];
    if (!next) return;
    view.value = next.name;
    document.getElementById(`${id}-${next.name}`)?.focus();
  };
  if (!open) return null;
  const Open = open.component;
  return (
    <div class="tabs">
      <div role="tablist" aria-label="Views">
        {views.map(({ name, title }) => (
          <button
            type="button"
            role="tab"
            key={name}
            id={`${id}-${name}`}
            aria-selected={name === open.name}
            aria-controls={id}
            tabIndex={name === open.name ? 0 : -1}
            onClick={() => {
              view.value = name;
            }}
            onKeyDown={move}
          >
            {title}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={id} aria-labelledby={`${id}-${open.name}`}>
        <Sized>{(width) => <Open explanation={explanation} width={width} />}</Sized>
      </div>
    </div>
  );
}
