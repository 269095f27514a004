/** A table as CSV (RFC 4180): lines end with CR LF, numbers have all their digits. */
import type { Table } from './takeaway.ts';

/**
 * What spreadsheets would take for a formula, with apostrophes before it or not: it gets one apostrophe more, which who
 * reads it back takes away (`unguarded`). Prompts come from anywhere.
 */
const formula = /^'*[=+\-@\t\r]/;

export function toCsv({ columns, rows }: Table): string {
  return [columns, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

/** A text of a CSV file as it was before it was written. */
export function unguarded(text: string): string {
  return text.startsWith("'") && formula.test(text) ? text.slice(1) : text;
}

function cell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const guarded = formula.test(value) ? `'${value}` : value;
  return /[",\r\n]|^\s|\s$/.test(guarded) || guarded === '' ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}
