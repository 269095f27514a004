/** The name of a row in a ranked table: what can be pointed at and chosen in it; arrow keys go from one to the next. */
import type { Signal } from '@preact/signals';
import { hovered, pin } from '../state/selection.ts';
import type { Handle } from './ranking.ts';

interface HandlesProps {
  readonly handles: readonly Handle[];
  /** Of the row. */
  readonly index: number;
  /** Which one the tab key reaches. */
  readonly reached: Signal<{ readonly row: number; readonly at: number }>;
}

export function Handles({ handles, index, reached }: HandlesProps) {
  const move = (event: KeyboardEvent, at: number) => {
    const body = (event.currentTarget as HTMLElement).closest('tbody');
    const rows = [...(body?.rows ?? [])].map((row) => row.querySelectorAll<HTMLElement>('th button'));
    const next = {
      ArrowDown: { row: index + 1, at },
      ArrowUp: { row: index - 1, at },
      ArrowRight: { row: index, at: at + 1 },
      ArrowLeft: { row: index, at: at - 1 },
      Home: { row: 0, at: 0 },
      End: { row: rows.length - 1, at: 0 },
    }[event.key];
    const buttons = next && rows[next.row];
    const button = buttons && (buttons[next.at] ?? (next.row === index ? undefined : buttons[buttons.length - 1]));
    if (!button) return;
    event.preventDefault();
    reached.value = { row: next.row, at: [...buttons].indexOf(button) };
    button.focus();
  };
  const chooses = handles.filter(({ selection }) => selection);
  return (
    <th scope="row">
      {handles.map((handle, place) => {
        const { label, selection } = handle;
        const at = chooses.indexOf(handle);
        if (!selection) return <span key={place}>{label}</span>;
        const meant = {
          onFocus: () => {
            hovered.value = selection;
          },
          onBlur: () => {
            hovered.value = {};
          },
        };
        return (
          <button
            type="button"
            key={place}
            tabIndex={index === reached.value.row && at === reached.value.at ? 0 : -1}
            {...meant}
            {...(chooses.length > 1 && { onPointerEnter: meant.onFocus, onPointerLeave: meant.onBlur })}
            onClick={() => pin(selection)}
            onKeyDown={(event) => move(event, at)}
          >
            {label}
          </button>
        );
      })}
    </th>
  );
}
