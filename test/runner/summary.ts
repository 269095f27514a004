import type { Outcome } from './phase.ts';

const figures = ['tests', 'passed', 'failed', 'skipped'] as const;

/** What all phases came to, for the terminal: a line for each, one for all, and every failure. */
export function summaryOf(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(({ phase, seconds, counts }) => [
    phase.name,
    ...figures.map((figure) => (counts ? String(counts[figure]) : '?')),
    seconds.toFixed(0),
  ]);
  const sum = (of: (outcome: Outcome) => number) => outcomes.reduce((total, outcome) => total + of(outcome), 0);
  const all = [
    'all',
    ...figures.map((figure) => String(sum(({ counts }) => counts?.[figure] ?? 0))),
    sum(({ seconds }) => seconds).toFixed(0),
  ];
  const table = [['', ...figures, 'seconds'], ...rows, all];
  const width = Math.max(...table.map(([name = '']) => name.length));
  const lines = table.map(([name = '', ...cells]) =>
    [name.padEnd(width), ...cells.map((cell) => cell.padStart(9))].join(' '),
  );
  const failures = outcomes.flatMap(({ counts }) => counts?.failures ?? []);
  return [
    '',
    ...lines,
    ...(failures.length > 0 ? ['', 'Failed:', ...failures.map((failure) => `  ${failure}`)] : []),
  ].join('\n');
}
