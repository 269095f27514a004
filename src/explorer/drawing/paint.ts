/** Paints a scene on a canvas. */
import { fonts, type Mark, type Scene } from './scene.ts';

/** @param scale canvas pixels a CSS pixel */
export function paint(context: CanvasRenderingContext2D, { width, height, background, marks }: Scene, scale = 1): void {
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.globalAlpha = 1;
  context.fillStyle = background;
  context.fillRect(0, 0, width, height);
  paintMarks(context, marks);
}

/** Paints over what is there, in CSS pixels. */
export function paintMarks(context: CanvasRenderingContext2D, marks: readonly Mark[]): void {
  for (const mark of marks) {
    if (mark.type === 'text') paintText(context, mark);
    else paintShape(context, mark);
  }
}

type Text = Extract<Mark, { type: 'text' }>;

function paintShape(context: CanvasRenderingContext2D, mark: Exclude<Mark, Text>): void {
  context.globalAlpha = mark.opacity ?? 1;
  if (mark.type === 'rect' && mark.fill && !mark.stroke) {
    context.fillStyle = mark.fill;
    context.fillRect(mark.x, mark.y, mark.width, mark.height);
    return;
  }
  const path = new Path2D(mark.type === 'path' ? mark.d : undefined);
  if (mark.type === 'rect') path.rect(mark.x, mark.y, mark.width, mark.height);
  if (mark.type === 'circle') path.arc(mark.x, mark.y, mark.radius, 0, 2 * Math.PI);
  if (mark.fill) {
    context.fillStyle = mark.fill;
    context.fill(path);
  }
  if (mark.stroke) {
    context.strokeStyle = mark.stroke;
    context.lineWidth = mark.thickness ?? 1;
    context.stroke(path);
  }
}

function paintText(context: CanvasRenderingContext2D, mark: Text): void {
  context.globalAlpha = 1;
  context.fillStyle = mark.fill;
  context.font = `${mark.weight ?? 'normal'} ${mark.size}px ${mark.monospace ? fonts.monospace : fonts.text}`;
  context.textAlign = mark.anchor === 'middle' ? 'center' : (mark.anchor ?? 'start');
  context.textBaseline = 'alphabetic';
  context.save();
  context.translate(mark.x, mark.y);
  if (mark.rotate) context.rotate((mark.rotate * Math.PI) / 180);
  context.fillText(mark.text, 0, 0);
  context.restore();
}
