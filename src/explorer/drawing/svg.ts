/** Writes a scene as an SVG document. */
import { fonts, type Mark, type Scene } from './scene.ts';

export function toSvg({ width, height, background, marks }: Scene): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    element('rect', { width, height, fill: background }),
    ...marks.map(markSvg),
    '</svg>',
  ].join('\n');
}

function markSvg(mark: Mark): string {
  if (mark.type === 'text') {
    const { x, y, text, fill, size, anchor, weight, monospace, rotate } = mark;
    return element(
      'text',
      {
        x,
        y,
        fill,
        'font-size': size,
        'font-family': monospace ? fonts.monospace : fonts.text,
        'font-weight': weight,
        'text-anchor': anchor,
        transform: rotate ? `rotate(${rotate} ${x} ${y})` : undefined,
        'xml:space': 'preserve',
      },
      text,
    );
  }
  const drawn = {
    fill: mark.fill ?? 'none',
    stroke: mark.stroke,
    'stroke-width': mark.stroke && mark.thickness,
    opacity: mark.opacity,
  };
  if (mark.type === 'path') return element('path', { d: mark.d, ...drawn });
  if (mark.type === 'circle') return element('circle', { cx: mark.x, cy: mark.y, r: mark.radius, ...drawn });
  return element('rect', { x: mark.x, y: mark.y, width: mark.width, height: mark.height, ...drawn });
}

function element(
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>>,
  text?: string,
): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(
      ([key, value]) =>
        ` ${key}="${escaped(typeof value === 'number' ? String(Number(value.toFixed(2))) : String(value))}"`,
    )
    .join('');
  return text === undefined ? `<${name}${written}/>` : `<${name}${written}>${escaped(text)}</${name}>`;
}

function escaped(text: string): string {
  const names: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return [...text].map((character) => names[character] ?? (isForbidden(character) ? '�' : character)).join('');
}

/** XML has no control characters, escaped or not, no halves of characters, and not the last two of the first plane. */
function isForbidden(character: string): boolean {
  return (character < ' ' && !'\t\n\r'.includes(character)) || /^[\ud800-\udfff\ufffe\uffff]$/.test(character);
}
