/** What can be pointed at in a picture: upright zones, each of which stands for something in all views. */
import { px } from '../drawing/px.ts';
import { hovered, pin, type Selection } from '../state/selection.ts';

export interface Zone {
  readonly left: number;
  readonly width: number;
  /** Its figures, to the last digit. */
  readonly title: string;
  /** Empty: it stands for nothing. */
  readonly selection: Selection;
}

interface ZonesProps {
  readonly zones: readonly Zone[];
  readonly top: number;
  readonly height: number;
}

/** For the pointer: what they say stands in a table too, which the keyboard reaches. */
export function Zones({ zones, top, height }: ZonesProps) {
  return zones.map(({ left, width, title, selection }) => (
    <button
      type="button"
      key={left}
      class="zone"
      tabIndex={-1}
      title={title}
      aria-label={title}
      style={{ left: px(left), top: px(top), width: px(width), height: px(height) }}
      onPointerEnter={() => {
        hovered.value = selection;
      }}
      onPointerLeave={() => {
        hovered.value = {};
      }}
      onClick={() => pin(selection)}
    />
  ));
}
