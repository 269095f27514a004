/** Figures as Markdown tables, with what they are held to. */
import { type Figure, isMet, units, written } from './figure.ts';

/** Rows and columns in the order of their first figures; a column of goals where there are any. @returns lines */
export function table(figures: readonly Figure[]): string[] {
  const columns = [...new Set(figures.map(({ column }) => column))];
  const goals = figures.some(({ goal }) => goal !== undefined);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rows = [...Map.groupBy(figures, ({ row }) => row)].map(([row, some]) => {
    const cells = columns.map((column) => {
      const found = some.find((figure) => figure.column === column);
      return found ? written(found.value, found.unit) : '';
    });
    const { unit } = some[0] as Figure;
    return line([unit === 'ratio' ? row : `${row}, ${unit}`, ...cells, ...(goals ? [verdict(some)] : [])]);
  });
  const head = ['', ...columns, ...(goals ? ['goal'] : [])];
  const notes = new Set(figures.flatMap(({ row, column, note }) => (note ? [`${row}, ${column}: ${note}`] : [])));
  return [line(head), line(head.map(() => '---')), ...rows, ...(notes.size > 0 ? ['', ...notes] : [])];
}

/** @returns such as `≤ 1.20, lost at T = 256`, or nothing where a row has no goal */
function verdict(row: readonly Figure[]): string {
  const held = row.filter(({ goal }) => goal !== undefined);
  const goals = [...new Set(held.map(({ goal, unit }) => `${sign(unit)} ${written(goal as number, unit)}`))];
  if (goals.length === 0) return '';
  const lost = held.filter((figure) => isMet(figure) === false);
  const open = held.filter((figure) => isMet(figure) === undefined);
  const where = (figures: readonly Figure[]) =>
    figures.length === row.length ? '' : ` at ${figures.map(({ column }) => column).join(', ')}`;
  const said = [
    ...(lost.length > 0 ? [`lost${where(lost)}`] : []),
    ...(open.length > 0 ? [`not measured${where(open)}`] : []),
  ];
  return `${goals.join(' / ')}: ${said.join(', ') || 'met'}`;
}

function sign(unit: Figure['unit']): string {
  return units[unit].moreIsBetter ? '≥' : '≤';
}

/** How many goals were met, and each that was not. @returns lines */
export function summary(figures: readonly Figure[]): string[] {
  const held = figures.filter((figure) => isMet(figure) !== undefined);
  const lost = held.filter((figure) => !isMet(figure));
  if (held.length === 0) return [];
  return [
    `Goals: ${held.length - lost.length} of ${held.length} met.`,
    ...lost.map(({ shape, row, column, value, unit, goal }) => {
      const [is, should] = [written(value, unit), written(goal as number, unit)];
      return `- lost: ${row} (${shape}, ${column}): ${is}, goal ${sign(unit)} ${should}`;
    }),
  ];
}
