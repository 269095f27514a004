/** Groups of scenarios that are timed turn by turn in one process, a row each, many of them as ratios to another one. */
import { type Cell, median } from './figure.ts';
import type { Bench, Group } from './group.ts';
import type { ShapeName } from './shapes.ts';
import type { Scenario } from './subject.ts';
import { measureTimes, type Times } from './timing.ts';

export interface TimedGroup extends Group {
  readonly scenarios: Readonly<Record<string, Scenario>>;
}

export interface Row<Name extends string> {
  readonly row: string;
  readonly of: Name;
  /** What it is divided by; absent: it is told in milliseconds. */
  readonly over?: Name;
  /** As many of these. */
  readonly times?: (length: number) => number;
  readonly goal?: number | ((length: number) => number | undefined);
  /** Lengths and models that it is measured at; absent: all. */
  readonly at?: (length: number, shape: ShapeName) => boolean;
  readonly unit?: '%';
}

export function timed<Name extends string>({
  rows,
  ...group
}: Omit<Group, 'measure'> & {
  readonly scenarios: Readonly<Record<Name, Scenario>>;
  readonly rows: readonly Row<Name>[];
}): TimedGroup {
  return {
    ...group,
    async *measure(bench: Bench) {
      const rowsAt = (length: number) => rows.filter(({ at }) => at?.(length, bench.shape) !== false);
      const scenariosAt = (length: number) => [
        ...new Set(rowsAt(length).flatMap(({ of, over }) => (over ? [over, of] : [of]))),
      ];
      for await (const [length, times] of measureTimes(group.name, scenariosAt, bench))
        for (const row of rowsAt(length)) yield cellOf(row, length, times);
    },
  };
}

function cellOf<Name extends string>(row: Row<Name>, length: number, times: Times): Cell {
  const { of, over, times: many = () => 1, goal, unit } = row;
  const found = {
    row: row.row,
    column: `T = ${length}`,
    unit: unit ?? (over ? 'ratio' : 'ms'),
    goal: typeof goal === 'function' ? goal(length) : goal,
  } as const;
  const failed = [times[of], over && times[over]].find((one) => typeof one === 'string');
  if (typeof failed === 'string') return { ...found, value: null, note: failed };
  const value = median(times[of] as number[]);
  if (!over) return { ...found, value };
  const part = value / (many(length) * median(times[over] as number[]));
  return { ...found, value: unit === '%' ? 100 * part : part };
}
