/** A head's [to, from] map: pointed at, zoomed, moved, walked by keys. */
import type { Signal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { contributionScale } from '../../drawing/colour.ts';
import { exact } from '../../format/number.ts';
import { Canvas } from '../../parts/canvas.tsx';
import { chosen, hovered, pin, pinned } from '../../state/selection.ts';
import { palette } from '../../state/theme.ts';
import { around, cellsIn, type HeadMap, type MapWindow, panned, showing, whole, zoomed } from './map-layout.ts';
import { type MapFrame, type MapLayer, mapFrame, mapScene } from './map-scene.ts';
import { moveWords, type PlacedToken } from './words.ts';

export interface Place {
  readonly to: number;
  readonly from: number;
}

interface MapProps {
  readonly map: HeadMap;
  readonly tokens: readonly PlacedToken[];
  readonly width: number;
  readonly layer: MapLayer;
  readonly largest: number;
  /** The cell that is pointed at, here or in the list of moves. */
  readonly cursor: Signal<Place | undefined>;
  readonly view: Signal<MapWindow>;
  /** Where the keys begin: the strongest move. */
  readonly start: Place;
  /** For screen readers. */
  readonly label: string;
  /** What is explained, in words. */
  readonly target: string;
}

export function MoveMap({ map, tokens, width, layer, largest, cursor, view, start, label, target }: MapProps) {
  const { length } = map;
  const dragged = useRef<{ x: number; y: number; window: MapWindow; moved: boolean } | undefined>(undefined);
  const window = view.value;
  const { position } = pinned.value;
  useEffect(() => {
    if (position !== undefined && position < length)
      view.value = showing(view.peek(), { to: view.peek().to, from: position }, length);
  }, [position, length, view]);
  const frame = useMemo(() => mapFrame(width, window), [width, window]);
  const colours = palette.value;
  const scene = useMemo(
    () => mapScene({ map, tokens, window, frame, layer, palette: colours, scale: contributionScale(colours, largest) }),
    [map, tokens, window, frame, layer, colours, largest],
  );
  const cells = useMemo(() => {
    const drawn = cellsIn(map, window, frame.side, layer === 'moves' ? 'score' : 'weight');
    return new Map(drawn.map((cell) => [`${cell.row} ${cell.column}`, cell]));
  }, [map, window, frame, layer]);

  const pointOf = (event: MouseEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    return {
      down: (event.clientY - box.top - frame.top) / frame.cell,
      across: (event.clientX - box.left - frame.left) / frame.cell,
    };
  };
  const go = (place: Place | undefined) => {
    cursor.value = place && { to: place.to, from: place.from };
    hovered.value = place ? { position: place.from } : {};
  };
  const move = (event: PointerEvent) => {
    const drag = dragged.current;
    if (drag && event.buttons && window.span < length) {
      const [down, across] = [drag.y - event.clientY, drag.x - event.clientX];
      drag.moved ||= Math.abs(down) + Math.abs(across) > 4;
      const each = frame.bin / frame.cell;
      view.value = panned(drag.window, Math.round(down * each), Math.round(across * each), length);
      return;
    }
    const { down, across } = pointOf(event);
    go(cells.get(`${Math.floor(down)} ${Math.floor(across)}`));
  };
  const zoom = (factor: number, at = cursor.value ?? start) => {
    view.value = zoomed(window, factor, at.to, at.from, length);
  };
  const wheel = (event: WheelEvent) => {
    const { down, across } = pointOf(event);
    const isInside = down >= 0 && across >= 0 && down * frame.cell < frame.side && across * frame.cell < frame.side;
    const next = zoomed(
      window,
      event.deltaY < 0 ? 1.25 : 0.8,
      window.to + down * frame.bin,
      window.from + across * frame.bin,
      length,
    );
    // Where there is nothing to zoom, the page scrolls.
    if (!isInside || next.span === window.span || !canZoom(length)) return;
    event.preventDefault();
    view.value = next;
  };
  const press = (event: KeyboardEvent) => {
    const at = cursor.value ?? start;
    const steps: Readonly<Record<string, Place>> = {
      ArrowUp: { to: at.to - 1, from: at.from },
      ArrowDown: { to: at.to + 1, from: at.from },
      ArrowLeft: { to: at.to, from: at.from - 1 },
      ArrowRight: { to: at.to, from: at.from + 1 },
      Home: start,
    };
    const next = steps[event.key];
    if (event.key === 'Enter' || event.key === ' ') pin({ position: at.from });
    else if (event.key === '+' || event.key === '=') zoom(1.6);
    else if (event.key === '-') zoom(1 / 1.6);
    else if (next) {
      if (next.from < 0 || next.from > next.to || next.to >= length) return;
      go(next);
      view.value = showing(window, next, length);
    } else return;
    event.preventDefault();
  };
  return (
    <div class="move-map">
      <div
        class={window.span < length ? 'surface zoomed' : 'surface'}
        role="application"
        aria-roledescription="map"
        aria-label={label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it is walked by keys
        tabIndex={0}
        style={{ width: `${frame.width}px`, height: `${frame.height}px` }}
        onPointerDown={({ clientX: x, clientY: y }) => (dragged.current = { x, y, window, moved: false })}
        onPointerMove={move}
        onPointerLeave={() => go(undefined)}
        onClick={() => {
          if (!dragged.current?.moved && cursor.value) pin({ position: cursor.value.from });
          dragged.current = undefined;
        }}
        onWheel={wheel}
        onKeyDown={press}
        onFocus={() => go(cursor.value ?? start)}
        onBlur={() => go(undefined)}
      >
        <Canvas scene={scene} />
        <Marked frame={frame} window={window} cursor={cursor} length={length} />
      </div>
      {canZoom(length) && (
        <p class="zoom">
          <button type="button" onClick={() => zoom(1.6)} aria-label="Zoom in">
            +
          </button>
          <button type="button" onClick={() => zoom(1 / 1.6)} disabled={window.span === length} aria-label="Zoom out">
            −
          </button>
          <button type="button" onClick={() => (view.value = whole(length))} disabled={window.span === length}>
            All {length} tokens
          </button>
          <button type="button" onClick={() => (view.value = around(start, length))}>
            Around the strongest
          </button>
          {frame.bin > 1 && (
            <span>
              One cell stands for the strongest of {frame.bin} × {frame.bin}.
            </span>
          )}
        </p>
      )}
      <MoveReadout map={map} tokens={tokens} target={target} cursor={cursor} />
    </div>
  );
}

function canZoom(length: number): boolean {
  return length > 24;
}

interface MarkedProps {
  readonly frame: MapFrame;
  readonly window: MapWindow;
  readonly cursor: Signal<Place | undefined>;
  readonly length: number;
}

/** The cell that is pointed at; else the row and the column of the position that is chosen in any view. */
function Marked({ frame, window, cursor, length }: MarkedProps) {
  const { width, height, left, top, side, cell, bin } = frame;
  const place = (position: number, first: number) =>
    position >= first && position < Math.min(length, first + window.span)
      ? Math.floor((position - first) / bin) * cell
      : undefined;
  const { position } = chosen.value;
  const at = cursor.value ?? (position === undefined ? undefined : { to: position, from: position });
  const [row, column] = at ? [place(at.to, window.to), place(at.from, window.from)] : [];
  return (
    <svg class="marked" width={width} height={height} aria-hidden="true">
      {row !== undefined && <rect x={left} y={top + row} width={side} height={cell} />}
      {column !== undefined && <rect x={left + column} y={top} width={cell} height={side} />}
      {cursor.value && row !== undefined && column !== undefined && (
        <rect class="at" x={left + column} y={top + row} width={cell} height={cell} />
      )}
    </svg>
  );
}

/** What is pointed at, in words and exactly. */
function MoveReadout({ map, tokens, target, cursor }: Pick<MapProps, 'map' | 'tokens' | 'target' | 'cursor'>) {
  const place = cursor.value;
  if (!place) return <p class="readout">Point at a cell for its move; click to keep the token that is read.</p>;
  const { to, from } = place;
  const at = to * map.length + from;
  const [score, weight] = [map.scores[at] ?? 0, map.weights?.[at]];
  return (
    <p class="readout" aria-live="polite" data-to={to} data-from={from} data-score={score} data-weight={weight}>
      {moveWords({ to, from, score, weight }, target, tokens)}{' '}
      <small>
        (exactly {exact(score)}
        {weight !== undefined && `, weight ${exact(weight)}`})
      </small>
    </p>
  );
}
