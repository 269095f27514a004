/** The figures of what is pointed at, beside it. */

import { mostFollowed } from '../../state/following.ts';
import { type Description, describeCarried, describeCell, describeMove } from './describe.ts';
import { positionX, rowY } from './geometry.ts';
import type { FlowScreen } from './screen.ts';

const width = 340;

export function Tooltip({ screen }: { readonly screen: FlowScreen }) {
  const sketch = screen.sketch.value;
  const pointed = sketch && at(screen);
  if (!pointed) return null;
  const { geometry } = sketch;
  const x = positionX(geometry, pointed.position);
  const y = rowY(geometry, pointed.row);
  const across = Math.min(width, geometry.width);
  const left = Math.max(0, Math.min(geometry.width - across, x - across / 2));
  const isLow = y > geometry.height / 2;
  return (
    <div
      class="tooltip"
      aria-hidden="true"
      style={{
        width: `${across}px`,
        left: `${left}px`,
        ...(isLow ? { bottom: `calc(100% - ${y - 6}px)` } : { top: `${y + geometry.cell + 8}px` }),
      }}
    >
      <DescriptionLines description={pointed.description} />
    </div>
  );
}

export function DescriptionLines({ description }: { readonly description: Description }) {
  return (
    <>
      <strong>{description.title}</strong>
      {description.lines.map(({ index, text, exact }) => (
        <p key={text} title={exact}>
          {index !== undefined && <i class={`hue hue-${index % mostFollowed}`} />}
          {text}
          {exact && <small>{exact}</small>}
        </p>
      ))}
    </>
  );
}

function at(screen: FlowScreen): { row: number; position: number; description: Description } | undefined {
  const [flow, arc, cell, geometry] = [
    screen.flow.value,
    screen.arc.value,
    screen.cell.value,
    screen.geometry.value,
  ] as const;
  if (!flow || !geometry) return undefined;
  if (arc?.kind === 'move')
    return { row: arc.arc.layer + 1, position: arc.arc.to.position, description: describeMove(flow, arc.arc) };
  if (arc) return { row: arc.arc.layer + 1, position: arc.arc.to, description: describeCarried(flow, arc.arc) };
  if (!cell) return undefined;
  const first = Math.floor(cell.position / geometry.run) * geometry.run;
  const end = Math.min(flow.tokens.length, first + geometry.run);
  return { ...cell, description: describeCell(flow, screen.drawn.value, cell.row, first, end) };
}
