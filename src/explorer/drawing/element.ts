/** Marks as elements of SVG: for the page, and for a document. */
import { fonts, type Mark } from './scene.ts';

export interface Element {
  readonly name: 'rect' | 'path' | 'circle' | 'text';
  /** Undefined: has none. */
  readonly attributes: Readonly<Record<string, string | number | undefined>>;
  readonly text?: string;
}

export function elementOf(mark: Mark): Element {
  if (mark.type === 'text') {
    const { x, y, text, fill, size, anchor, weight, monospace, rotate } = mark;
    const attributes = {
      x,
      y,
      fill,
      'font-size': size,
      'font-family': monospace ? fonts.monospace : fonts.text,
      'font-weight': weight,
      'text-anchor': anchor,
      transform: rotate ? `rotate(${rotate} ${x} ${y})` : undefined,
      'xml:space': 'preserve',
    };
    return { name: 'text', attributes, text };
  }
  const drawn = {
    fill: mark.fill ?? 'none',
    stroke: mark.stroke,
    'stroke-width': mark.stroke && mark.thickness,
    opacity: mark.opacity,
  };
  if (mark.type === 'path') return { name: 'path', attributes: { d: mark.d, ...drawn } };
  const { x, y } = mark;
  if (mark.type === 'circle') return { name: 'circle', attributes: { cx: x, cy: y, r: mark.radius, ...drawn } };
  return { name: 'rect', attributes: { x, y, width: mark.width, height: mark.height, ...drawn } };
}
