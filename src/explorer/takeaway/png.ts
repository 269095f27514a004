/** A picture as a PNG, painted at twice its size. */
import { paint } from '../drawing/paint.ts';
import type { Scene } from '../drawing/scene.ts';

/** Pixels on a side that browsers paint. */
const mostPixels = 16_384;

/** @throws Error where the browser cannot paint it */
export async function toPng(scene: Scene): Promise<Blob> {
  const scale = Math.min(2, mostPixels / Math.max(scene.width, scene.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.ceil(scene.width * scale);
  canvas.height = Math.ceil(scene.height * scale);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('The browser paints no pictures');
  paint(context, scene, scale);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('The picture is too large'))), 'image/png');
  });
}

export function download(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // Once it has begun it needs the address no more.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
