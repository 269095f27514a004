/**
 * Draws the picture on two canvases that lie over each other: the figures, of which only rows that changed are drawn anew,
 * and the emphasis. At most once a frame, and never when nothing changed.
 */
import { paintMarks } from '../../drawing/paint.ts';
import type { Mark } from '../../drawing/scene.ts';
import { isSameDepth } from './figures.ts';
import type { Geometry } from './geometry.ts';
import { headings, tokenLabels } from './labels.ts';
import { rowMarks } from './rows.ts';
import { sideMarks } from './sides.ts';
import type { Sketch } from './sketch.ts';

export class Painter {
  readonly #figures: HTMLCanvasElement;
  readonly #emphasis: HTMLCanvasElement;
  #next: Sketch | undefined;
  #drawn: Sketch | undefined;
  #over: readonly Mark[] = [];
  #hasNewOver = false;
  #frame = 0;
  readonly #told = new WeakSet<object>();

  constructor(figures: HTMLCanvasElement, emphasis: HTMLCanvasElement) {
    this.#figures = figures;
    this.#emphasis = emphasis;
  }

  /** Draws it in the next frame. */
  show(sketch: Sketch, over: readonly Mark[]): void {
    this.#hasNewOver ||= over.length > 0 || this.#over.length > 0;
    this.#next = sketch;
    this.#over = over;
    this.#frame ||= requestAnimationFrame(() => this.#draw());
  }

  dispose(): void {
    cancelAnimationFrame(this.#frame);
  }

  #draw(): void {
    this.#frame = 0;
    const sketch = this.#next as Sketch;
    const drawn = this.#drawn;
    const scale = devicePixelRatio;
    const isResized = [this.#figures, this.#emphasis]
      .map((canvas) => fit(canvas, sketch.geometry, scale))
      .some(Boolean);
    const isWhole = isResized || !drawn || !hasSameFrame(drawn, sketch);
    const context = this.#figures.getContext('2d') as CanvasRenderingContext2D;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    if (isWhole) this.#drawAll(context, sketch);
    const rows = Array.from({ length: sketch.geometry.rows }, (_, row) => row);
    const others = rows.filter((row) => isWhole || isOtherRow(drawn, sketch, row));
    for (const row of others) drawRow(context, sketch, row);
    if (others.length > 0) drawSides(context, sketch);
    if (this.#hasNewOver || isResized) drawOver(this.#emphasis, sketch, this.#over, scale);
    this.#hasNewOver = false;
    this.#drawn = sketch;
    this.#tell(sketch);
  }

  /** For whoever measures: which blocks' shares were drawn for the first time. */
  #tell({ flow, depth }: Sketch): void {
    for (const { layer, followed } of flow.depths.slice(0, depth)) {
      if (followed.length === 0 || this.#told.has(followed)) continue;
      this.#told.add(followed);
      performance.mark(`tributary: layer ${layer} drawn`, { detail: { layer } });
    }
  }

  #drawAll(context: CanvasRenderingContext2D, sketch: Sketch): void {
    const { geometry, palette } = sketch;
    context.globalAlpha = 1;
    context.fillStyle = palette.background;
    context.fillRect(0, 0, geometry.width, geometry.height);
    paintMarks(context, headings(sketch));
    inside(context, { ...geometry, left: 0 }, 0, geometry.height, () => paintMarks(context, tokenLabels(sketch)));
  }
}

/** Does only what the blocks tell differ? */
function hasSameFrame(one: Sketch, other: Sketch): boolean {
  const same = (['palette', 'shown', 'moves'] as const).every((part) => one[part] === other[part]);
  const flows = (['tokens', 'followed', 'position', 'layerCount', 'isFinal'] as const).every(
    (part) => one.flow[part] === other.flow[part],
  );
  return same && flows && isEqual(one.geometry, other.geometry) && isEqual(one.scales, other.scales);
}

function isEqual<Parts extends object>(one: Parts, other: Parts): boolean {
  return Object.entries(one).every(([name, value]) => value === other[name as keyof Parts]);
}

/** @param row 0: the embedding, which all blocks leave as it is */
function isOtherRow(drawn: Sketch | undefined, { flow, depth }: Sketch, row: number): boolean {
  if (row === 0 || !drawn) return false;
  const [was, is] = [row <= drawn.depth, row <= depth];
  if (was !== is) return true;
  return is && !isSameDepth(drawn.flow.depths[row - 1], flow.depths[row - 1]);
}

/** A row has a band of its own: its cells, and the gap below them down to the next row. */
function drawRow(context: CanvasRenderingContext2D, sketch: Sketch, row: number): void {
  const { geometry, palette } = sketch;
  const y = geometry.top + (geometry.rows - 1 - row) * geometry.pitch;
  const height = row === 0 ? geometry.cell : geometry.pitch;
  context.globalAlpha = 1;
  context.fillStyle = palette.background;
  context.fillRect(geometry.left, y, geometry.width - geometry.lensWidth - geometry.left, height);
  const marks = rowMarks(sketch, row);
  inside(context, geometry, y, height, () => paintMarks(context, marks.inside));
  paintMarks(context, marks.beside);
}

/** Their labels are higher than rows that are close, so all of them are drawn anew. */
function drawSides(context: CanvasRenderingContext2D, sketch: Sketch): void {
  const { geometry, palette } = sketch;
  const { left, top, width, height, lensWidth, labelHeight } = geometry;
  context.globalAlpha = 1;
  context.fillStyle = palette.background;
  for (const [x, across] of [
    [0, left],
    [width - lensWidth, lensWidth],
  ] as const)
    context.fillRect(x, top - 4, across, height - labelHeight - top + 8);
  paintMarks(context, sideMarks(sketch));
}

function inside(
  context: CanvasRenderingContext2D,
  { left, right }: Geometry,
  y: number,
  height: number,
  draw: () => void,
): void {
  context.save();
  context.beginPath();
  context.rect(left, y, right - left, height);
  context.clip();
  draw();
  context.restore();
}

function drawOver(canvas: HTMLCanvasElement, { geometry }: Sketch, marks: readonly Mark[], scale: number): void {
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, geometry.width, geometry.height);
  inside(context, { ...geometry, left: geometry.left - 2, right: geometry.right + 2 }, 0, geometry.height, () =>
    paintMarks(context, marks),
  );
}

/** @returns whether it had another size */
function fit(canvas: HTMLCanvasElement, { width, height }: Geometry, scale: number): boolean {
  const [across, down] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width === across && canvas.height === down) return false;
  canvas.width = across;
  canvas.height = down;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  return true;
}
