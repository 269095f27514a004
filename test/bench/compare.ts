/** Two runs of the bench side by side. */
import { type Figure, units, written } from './figure.ts';
import type { Results } from './results.ts';

/** Two figures that differ by less are taken for the same. */
const tolerance = 0.05;

export interface Compared extends Figure {
  readonly before: number;
  readonly value: number;
  /** now / before */
  readonly ratio: number;
  readonly verdict: 'same' | 'better' | 'worse';
}

/** Of the figures that both have. */
export function compare(before: readonly Figure[], now: readonly Figure[]): Compared[] {
  const old = new Map(before.map((figure) => [keyOf(figure), figure]));
  return now.flatMap((figure) => {
    const { value } = figure;
    const was = old.get(keyOf(figure))?.value ?? null;
    if (value === null || was === null) return [];
    const ratio = value / was;
    return [{ ...figure, value, before: was, ratio, verdict: verdictOf(ratio, figure) }];
  });
}

function verdictOf(ratio: number, { unit }: Figure): Compared['verdict'] {
  if (Math.abs(ratio - 1) <= tolerance) return 'same';
  return ratio > 1 === units[unit].moreIsBetter ? 'better' : 'worse';
}

/** @returns lines */
export function comparison(before: Results, now: Results): string[] {
  const compared = compare(before.figures, now.figures);
  const missing = before.figures.filter((one) => !now.figures.some((other) => keyOf(other) === keyOf(one)));
  const count = (verdict: Compared['verdict']) => compared.filter((one) => one.verdict === verdict).length;
  const differences = (Object.keys(now.machine) as (keyof Results['machine'])[]).filter(
    (key) => now.machine[key] !== before.machine[key],
  );
  return [
    `Against the figures of ${before.date}: ${count('better')} better, ${count('worse')} worse by more than ${tolerance * 100} %, ${count('same')} the same${missing.length > 0 ? `, ${missing.length} not measured now` : ''}.`,
    ...differences.map((key) => `Not the same ${key}: ${before.machine[key]} then, ${now.machine[key]} now.`),
    '',
    '| | | before | now | now / before | |',
    '| --- | --- | --- | --- | --- | --- |',
    ...compared.map(
      ({ group, shape, row, column, unit, before, value, ratio, verdict }) =>
        `| ${group}, ${shape}: ${row}${unit === 'ratio' ? '' : `, ${unit}`} | ${column} | ${written(before, unit)} | ${written(value, unit)} | ${ratio.toFixed(2)} | ${verdict === 'same' ? '' : verdict} |`,
    ),
  ];
}

function keyOf({ group, shape, row, column }: Figure): string {
  return [group, shape, row, column].join('\n');
}
