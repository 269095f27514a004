/** Which rows of a long list are in sight in a box that scrolls. */
import { useSignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { inSight, type Placed } from './merged.ts';

export interface Sight {
  /** Rows that are drawn, those in sight and a few around them; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
  /** Of the box, in CSS pixels. */
  readonly width: number;
}

/** @param rowHeight CSS pixels */
export function useSight(box: RefObject<HTMLElement | null>, rowHeight: number, rows: readonly Placed[]): Sight {
  const view = useSignal({ top: 0, height: 0, width: 0 });
  useEffect(() => {
    const look = () => {
      if (box.current) {
        const { scrollTop: top, clientHeight: height, clientWidth: width } = box.current;
        view.value = { top, height, width };
      }
    };
    const observer = new ResizeObserver(look);
    if (box.current) observer.observe(box.current);
    box.current?.addEventListener('scroll', look, { passive: true });
    return () => observer.disconnect();
  }, []);
  useSteadyTop(box.current, rowHeight, rows);
  return { ...inSight(view.value, rowHeight, rows.length), width: view.value.width };
}

/** What is read stays where it is while new runs come in above it. */
function useSteadyTop(box: HTMLElement | null, rowHeight: number, rows: readonly Placed[]): void {
  const before = useRef(rows);
  useLayoutEffect(() => {
    const first = box && before.current[Math.floor(box.scrollTop / rowHeight)];
    before.current = rows;
    if (!box || !first || box.scrollTop === 0) return;
    const place = rows.findIndex(({ id }) => id === first.id);
    if (place >= 0) box.scrollTop = place * rowHeight + (box.scrollTop % rowHeight);
  }, [rows]);
}
