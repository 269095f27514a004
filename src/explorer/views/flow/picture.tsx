/** The picture: two canvases, which scroll sideways; the pointer and the keyboard choose in it. */
import { useSignal, useSignalEffect } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { chosen, hovered, pin, type Selection } from '../../state/selection.ts';
import { distanceTo, type Ends } from './arcs.ts';
import { emphasis } from './emphasis.ts';
import { extent, type Geometry, placeAt } from './geometry.ts';
import { Grid } from './grid.tsx';
import { Painter } from './painter.ts';
import type { Arc, FlowScreen } from './screen.ts';
import { carriedIn, movesIn, type Sketch, thickest } from './sketch.ts';
import { Tooltip } from './tooltip.tsx';

export function Picture({ screen }: { readonly screen: FlowScreen }) {
  const geometry = screen.geometry.value;
  return geometry ? <Drawn screen={screen} geometry={geometry} /> : null;
}

function Drawn({ screen, geometry }: { readonly screen: FlowScreen; readonly geometry: Geometry }) {
  const scroller = useRef<HTMLDivElement>(null);
  const figures = useRef<HTMLCanvasElement>(null);
  const over = useRef<HTMLCanvasElement>(null);
  const painter = useSignal<Painter | undefined>(undefined);
  // With the elements, not after the paint: by then they may be gone again.
  useLayoutEffect(() => {
    const [box, below, above] = [scroller.current, figures.current, over.current];
    if (!box || !below || !above) return;
    const made = new Painter(below, above);
    painter.value = made;
    const leave = pointing(screen, box);
    return () => {
      made.dispose();
      leave();
    };
  }, [screen]);
  useSignalEffect(() => {
    const sketch = screen.sketch.value;
    const arc = screen.arc.value;
    if (sketch) painter.value?.show(sketch, emphasis(sketch, chosen.value, arc && endsOf(arc)));
  });
  useLayoutEffect(() => {
    const { current } = scroller;
    if (current && Math.abs(current.scrollLeft - geometry.offset) >= 1) current.scrollLeft = geometry.offset;
  }, [geometry]);
  const { width, height, left, right } = geometry;
  return (
    <div class="flow-picture">
      <div
        class="scroller"
        ref={scroller}
        onScroll={({ currentTarget }) => {
          screen.offset.value = currentTarget.scrollLeft;
        }}
      >
        <div class="spacer" style={{ width: `${Math.floor(width - right + left + extent(geometry))}px` }}>
          <div class="stage" style={{ width: `${width}px`, height: `${height}px` }}>
            <canvas ref={figures} />
            <canvas ref={over} />
            <Grid screen={screen} />
          </div>
        </div>
      </div>
      <Tooltip screen={screen} />
    </div>
  );
}

/** Pointer and wheel. For the keyboard there is the grid. */
function pointing(screen: FlowScreen, box: HTMLElement): () => void {
  const left = new AbortController();
  const { signal } = left;
  box.addEventListener('pointermove', (event) => point(screen, box, event), { signal });
  box.addEventListener(
    'pointerleave',
    () => {
      screen.arc.value = undefined;
      screen.cell.value = undefined;
      hovered.value = {};
    },
    { signal },
  );
  box.addEventListener(
    'click',
    (event) => {
      point(screen, box, event);
      if (Object.keys(hovered.value).length > 0) pin(hovered.value);
    },
    { signal },
  );
  // With the control key (or a pinch) it zooms around the pointer; without it the page scrolls as ever.
  const zoom = (event: WheelEvent) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    screen.zoomBy(Math.exp(-event.deltaY / 300), event.clientX - box.getBoundingClientRect().left);
  };
  box.addEventListener('wheel', zoom, { passive: false, signal });
  return () => left.abort();
}

function point(screen: FlowScreen, target: HTMLElement, event: MouseEvent): void {
  const sketch = screen.sketch.peek();
  if (!sketch) return;
  const box = target.getBoundingClientRect();
  const [x, y] = [event.clientX - box.left, event.clientY - box.top];
  const place = placeAt(sketch.geometry, x, y);
  const arc = place?.isGap && place.row > 0 ? arcAt(sketch, place.row - 1, x, y) : undefined;
  screen.arc.value = arc;
  screen.cell.value =
    place && !place.isGap && place.position !== undefined ? { row: place.row, position: place.position } : undefined;
  hovered.value = arc ? selectionOf(arc) : place ? selected(place.row, place.position) : {};
}

/** The arc that is closest, if it is close. */
function arcAt(sketch: Sketch, layer: number, x: number, y: number): Arc | undefined {
  const arcs: Arc[] = [
    ...movesIn(sketch, layer).map((arc) => ({ kind: 'move', arc }) as const),
    ...carriedIn(sketch, layer).map((arc) => ({ kind: 'carried', arc }) as const),
  ];
  let [best, least] = [undefined as Arc | undefined, thickest(sketch.geometry) / 2 + 3];
  for (const arc of arcs) {
    const distance = distanceTo(sketch.geometry, endsOf(arc), x, y);
    if (distance < least) [best, least] = [arc, distance];
  }
  return best;
}

function endsOf({ kind, arc }: Arc): Ends {
  return kind === 'carried' ? arc : { layer: arc.layer, from: arc.from.position, to: arc.to.position };
}

function selectionOf({ kind, arc }: Arc): Selection {
  return kind === 'carried'
    ? { layer: arc.layer, position: arc.to }
    : { layer: arc.layer, head: arc.head, position: arc.to.position };
}

function selected(row: number, position: number | undefined): Selection {
  return { ...(row > 0 && { layer: row - 1 }), ...(position !== undefined && { position }) };
}
