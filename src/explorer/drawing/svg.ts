/** Writes a scene as an SVG document. */
import { type Element, elementOf } from './element.ts';
import type { Scene } from './scene.ts';

export function toSvg({ width, height, background, marks }: Scene): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    written({ name: 'rect', attributes: { width, height, fill: background } }),
    ...marks.map((mark) => written(elementOf(mark))),
    '</svg>',
  ].join('\n');
}

/** Numbers to a hundredth of a pixel. */
function written({ name, attributes, text }: Element): string {
  const all = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(
      ([key, value]) =>
        ` ${key}="${escaped(typeof value === 'number' ? String(Number(value.toFixed(2))) : String(value))}"`,
    )
    .join('');
  return text === undefined ? `<${name}${all}/>` : `<${name}${all}>${escaped(text)}</${name}>`;
}

function escaped(text: string): string {
  const names: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return [...text].map((character) => names[character] ?? (isForbidden(character) ? '�' : character)).join('');
}

/** XML has no control characters, escaped or not, no halves of characters, and not the last two of the first plane. */
function isForbidden(character: string): boolean {
  return (character < ' ' && !'\t\n\r'.includes(character)) || /^[\ud800-\udfff\ufffe\uffff]$/.test(character);
}
