/** A figure that was measured, and what it is held to. */

/** What a unit is written like, and whether more of it is better. */
export const units = {
  ms: { digits: (value: number) => (value < 10 ? 1 : 0), moreIsBetter: false },
  s: { digits: () => 2, moreIsBetter: false },
  GB: { digits: () => 2, moreIsBetter: false },
  ratio: { digits: () => 2, moreIsBetter: false },
  '%': { digits: () => 0, moreIsBetter: false },
  'a second': { digits: () => 0, moreIsBetter: true },
} as const;

export type Unit = keyof typeof units;

export interface Cell {
  /** What was measured; with the column it names the figure within its group and shape. */
  readonly row: string;
  /** For which length, how many subscribers, … */
  readonly column: string;
  /** Null: it could not be measured, and `note` says why. */
  readonly value: number | null;
  readonly unit: Unit;
  /** The most that it may be, of a unit of which more is better the least. */
  readonly goal?: number | undefined;
  readonly note?: string | undefined;
}

export interface Figure extends Cell {
  readonly group: string;
  readonly shape: string;
}

/** Undefined where there is no goal, or nothing was measured. */
export function isMet({ value, unit, goal }: Cell): boolean | undefined {
  if (goal === undefined || value === null) return undefined;
  return units[unit].moreIsBetter ? value >= goal : value <= goal;
}

export function written(value: number | null, unit: Unit): string {
  return value === null ? '–' : value.toFixed(units[unit].digits(value));
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** @param part from 0, the least, to 1, the most */
export function quantile(values: readonly number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.round(part * (values.length - 1))] ?? Number.NaN;
}
