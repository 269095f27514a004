/** A scene painted on a canvas, for pictures of too many marks for elements. */
import { useEffect, useRef } from 'preact/hooks';
import { paint } from '../drawing/paint.ts';
import type { Scene } from '../drawing/scene.ts';

/** What it shows is said by what stands around it. */
export function Canvas({ scene }: { readonly scene: Scene }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height } = scene;
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!canvas.current || !context) return;
    const scale = devicePixelRatio;
    canvas.current.width = Math.round(width * scale);
    canvas.current.height = Math.round(height * scale);
    paint(context, scene, scale);
  }, [scene]);
  return <canvas ref={canvas} style={{ width: `${width}px`, height: `${height}px` }} />;
}
