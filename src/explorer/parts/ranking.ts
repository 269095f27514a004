/** How the rows of a ranked table are ordered, and how long their bars are. */
import type { ComponentChildren } from 'preact';
import type { Selection } from '../state/selection.ts';

export interface Column<Row> {
  readonly name: string;
  /** With its unit: `total (logits)`. */
  readonly title: string;
  /** Null where there is none. */
  readonly of: (row: Row) => number | null;
  /** A signed contribution, drawn as a bar too and ranked by magnitude; otherwise a plain figure. */
  readonly bar?: boolean;
  /** A place (a layer, a position): ascending, where contributions are ranked strongest first. */
  readonly place?: boolean;
  /** In the figure's place: the token of a position. */
  readonly cell?: (row: Row) => ComponentChildren;
}

/** A part of a row's name. With a selection it can be pointed at and chosen: it stands for something in all views. */
export interface Handle {
  readonly label: ComponentChildren;
  readonly selection?: Selection;
}

/** Contributions by magnitude, strongest first; places ascending. What is equal keeps its order; null comes last. */
export function ranked<Row>(rows: readonly Row[], { of, place }: Pick<Column<Row>, 'of' | 'place'>): Row[] {
  const key = (row: Row) => {
    const value = of(row);
    if (value === null) return Number.POSITIVE_INFINITY;
    return place ? value : -Math.abs(value);
  };
  return rows
    .map((row) => ({ row, key: key(row) }))
    .sort((one, other) => (one.key === other.key ? 0 : one.key - other.key))
    .map(({ row }) => row);
}

export interface Bar {
  /** Percent of the track, whose middle is zero. */
  readonly left: number;
  readonly width: number;
  readonly isFor: boolean;
}

/** @param largest a magnitude: half the track */
export function barOf(value: number, largest: number): Bar {
  const width = largest === 0 ? 0 : Math.min(50, (Math.abs(value) / largest) * 50);
  return { left: value < 0 ? 50 - width : 50, width, isFor: value >= 0 };
}

/**
 * Whether what a row stands for is what is pointed at or chosen: they share a part, and agree in all that they share. A
 * row of a layer without a head (its MLP, a neuron) is not what is meant by one of the layer's heads.
 */
export function isMeant(row: Selection, chosen: Selection): boolean {
  if (row.layer !== undefined && row.head === undefined && chosen.head !== undefined) return false;
  const shared = (['position', 'layer', 'head'] as const).filter(
    (part) => row[part] !== undefined && chosen[part] !== undefined,
  );
  return shared.length > 0 && shared.every((part) => row[part] === chosen[part]);
}
