/** For tests: reads CSV as RFC 4180 has it. */

/** @throws Error for what is no CSV */
export function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (let rest = text; rest; ) {
    const [cell, written = '', quoted, plain, end] = rest.match(/^("((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/) ?? [];
    if (cell === undefined) throw new Error(`no CSV: ${JSON.stringify(rest.slice(0, 40))}`);
    row.push(written.startsWith('"') ? (quoted ?? '').replaceAll('""', '"') : (plain ?? ''));
    rest = rest.slice(cell.length);
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}
