/** The picture for the keyboard and for screen readers: the same cells with the same figures. Of a large one, those around the active cell. */
import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { quoted } from '../../format/token.ts';
import { hovered, pin, type Selection } from '../../state/selection.ts';
import { describeCell } from './describe.ts';
import type { Flow } from './figures.ts';
import type { Cell, FlowScreen } from './screen.ts';

/** Cells that are there all at once. */
const whole = 500;
/** Of a large picture: so many rows and columns to each side of the active cell. */
const around = { rows: 1, columns: 8 };

export function Grid({ screen }: { readonly screen: FlowScreen }) {
  const id = useId();
  const active = useSignal<Cell | undefined>(undefined);
  const flow = screen.flow.value;
  if (!flow) return null;
  const at = active.value ?? { row: screen.depth.value, position: flow.position };
  const isWhole = (flow.layerCount + 1) * flow.tokens.length <= whole;
  const rows = range(at.row, isWhole ? flow.layerCount : around.rows, flow.layerCount).reverse();
  const columns = range(at.position, isWhole ? flow.tokens.length : around.columns, flow.tokens.length - 1);
  const go = (cell: Cell) => {
    active.value = cell;
    screen.cell.value = cell;
    screen.reveal(cell.position);
    hovered.value = selectionAt(cell);
  };
  const press = (event: KeyboardEvent) => {
    const next = moved(at, event, flow);
    if (next) go(next);
    else if (event.key === 'Enter' || event.key === ' ') pin(selectionAt(at));
    else if (event.key === '+' || event.key === '-') screen.zoomBy(event.key === '+' ? 1.4 : 1 / 1.4);
    else return;
    event.preventDefault();
  };
  return (
    <div class="grid">
      <table
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table whose cells the arrow keys walk is a grid
        role="grid"
        tabIndex={0}
        aria-label="Share of the followed tokens by layer and position"
        aria-rowcount={flow.layerCount + 1}
        aria-colcount={flow.tokens.length + 1}
        aria-activedescendant={`${id}-${at.row}-${at.position}`}
        onKeyDown={press}
        onFocus={() => go(at)}
        onBlur={() => {
          screen.cell.value = undefined;
          hovered.value = {};
        }}
      >
        <tbody>
          {rows.map((row) => (
            <tr key={row} aria-rowindex={flow.layerCount - row + 1}>
              <th scope="row" aria-colindex={1}>
                {row === 0 ? 'embedding' : `layer ${row - 1}`}
              </th>
              {columns.map((position) => (
                <td
                  key={position}
                  id={`${id}-${row}-${position}`}
                  aria-colindex={position + 2}
                  data-row={row}
                  data-position={position}
                >
                  {spoken(flow, screen.drawn.value, row, position)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function spoken(flow: Flow, depth: number, row: number, position: number): string {
  const { lines } = describeCell(flow, depth, row, position);
  const token = flow.tokens[position];
  return `${token ? quoted(token) : position}: ${lines.map((line) => line.text).join('; ')}`;
}

function selectionAt({ row, position }: Cell): Selection {
  return { position, ...(row > 0 && { layer: row - 1 }) };
}

function moved({ row, position }: Cell, { key }: KeyboardEvent, { layerCount, tokens }: Flow): Cell | undefined {
  const last = tokens.length - 1;
  switch (key) {
    case 'ArrowUp':
      return { row: Math.min(layerCount, row + 1), position };
    case 'ArrowDown':
      return { row: Math.max(0, row - 1), position };
    case 'ArrowLeft':
      return { row, position: Math.max(0, position - 1) };
    case 'ArrowRight':
      return { row, position: Math.min(last, position + 1) };
    case 'Home':
      return { row, position: 0 };
    case 'End':
      return { row, position: last };
    case 'PageUp':
      return { row: layerCount, position };
    case 'PageDown':
      return { row: 0, position };
    default:
      return undefined;
  }
}

/** Whole numbers around one, from 0 to `last`. */
function range(middle: number, each: number, last: number): number[] {
  const first = Math.max(0, middle - each);
  return Array.from({ length: Math.min(last, middle + each) - first + 1 }, (_, index) => first + index);
}
