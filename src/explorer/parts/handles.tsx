/** The name of a row in a ranked table: what can be pointed at and chosen in it; arrow keys go from one to the next. */
import type { Signal } from '@preact/signals';
import { hovered, pin } from '../state/selection.ts';
import type { Handle } from './ranking.ts';

interface HandlesProps {
  readonly handles: readonly Handle[];
  /** Of the row. */
  readonly row: string;
  /** Of the handle that the tab key reaches. */
  readonly reached: string | undefined;
  readonly onReach: Signal<string | undefined>;
}

/** Of the handles in a row that can be chosen: `row 0`, `row 1`, … */
export function handleKeys(row: string, handles: readonly Handle[]): string[] {
  return handles.filter(({ selection }) => selection).map((_, at) => `${row} ${at}`);
}

export function Handles({ handles, row, reached, onReach }: HandlesProps) {
  const chooses = handles.filter(({ selection }) => selection);
  return (
    <th scope="row">
      {handles.map((handle, place) => {
        const { label, selection } = handle;
        if (!selection) return <span key={place}>{label}</span>;
        const key = `${row} ${chooses.indexOf(handle)}`;
        const point = () => {
          hovered.value = selection;
        };
        const leave = () => {
          hovered.value = {};
        };
        return (
          <button
            type="button"
            key={place}
            data-handle={key}
            tabIndex={key === reached ? 0 : -1}
            onFocus={point}
            onBlur={leave}
            // One handle stands for its row, which is pointed at as a whole.
            {...(chooses.length > 1 && { onPointerEnter: point, onPointerLeave: leave })}
            onClick={() => pin(selection)}
            onKeyDown={(event) => {
              const next = neighbour(event.currentTarget, event.key);
              if (!next) return;
              event.preventDefault();
              onReach.value = next.dataset.handle;
              next.focus();
            }}
          >
            {label}
          </button>
        );
      })}
    </th>
  );
}

/** Rows that have no handles are passed over. */
function neighbour(from: HTMLElement, key: string): HTMLElement | undefined {
  const rows = [...(from.closest('tbody')?.rows ?? [])]
    .map((row) => [...row.querySelectorAll<HTMLElement>('[data-handle]')])
    .filter((handles) => handles.length > 0);
  const here = rows.findIndex((handles) => handles.includes(from));
  const at = rows[here]?.indexOf(from) ?? 0;
  if (key === 'ArrowRight' || key === 'ArrowLeft') return rows[here]?.[at + (key === 'ArrowRight' ? 1 : -1)];
  const row = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: rows.length - 1 }[key];
  const handles = row === undefined ? undefined : rows[row];
  return handles?.[Math.min(at, handles.length - 1)];
}
