/** Tells what is drawn how wide it may be: views take sizes, they do not measure. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

export function Sized({ children }: { readonly children: (width: number) => ComponentChildren }) {
  const box = useRef<HTMLDivElement>(null);
  const width = useSignal(0);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      // What is not laid out for a moment is not drawn anew.
      width.value = Math.floor(entry?.contentRect.width ?? 0) || width.value;
    });
    if (box.current) observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  return (
    <div class="sized" ref={box}>
      {width.value > 0 && children(width.value)}
    </div>
  );
}
