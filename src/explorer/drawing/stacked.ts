/** Pictures put together. */
import type { Palette } from './palette.ts';
import type { Mark, Scene } from './scene.ts';

/** One picture under another, each with its own heading where it has one. */
export function stacked(
  scenes: readonly { readonly title?: string; readonly scene: Scene }[],
  palette: Palette,
): Scene {
  const marks: Mark[] = [];
  let [width, height] = [0, 0];
  for (const { title, scene } of scenes) {
    if (title) {
      marks.push({ type: 'text', x: 0, y: height + 20, text: title, fill: palette.ink, size: 13, weight: 'bold' });
      height += 30;
    }
    for (const mark of scene.marks) marks.push(lowered(mark, height));
    width = Math.max(width, scene.width);
    height += scene.height;
  }
  return { width, height, background: palette.background, marks };
}

/** @throws RangeError for a path, of which there is none in these pictures */
export function lowered(mark: Mark, by: number): Mark {
  if (mark.type === 'path') throw new RangeError('a path is not moved');
  return { ...mark, y: mark.y + by };
}
