/** Figures and tables as they are printed. */

/** 1234567 bytes: `1.2 MB`. */
export function bytesText(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(4, Math.floor(Math.log10(bytes) / 3));
  return power === 0 ? `${bytes} bytes` : `${three(bytes / 1000 ** power)} ${['kB', 'MB', 'GB', 'TB'][power - 1]}`;
}

/** 124439808: `124 million`. */
export function countText(count: number): string {
  if (count < 1e3) return String(count);
  const [unit, name] = count < 1e6 ? [1e3, 'thousand'] : count < 1e9 ? [1e6, 'million'] : [1e9, 'billion'];
  return `${three(count / unit)} ${name}`;
}

/** `1 run`, `2 runs`. */
export function numberText(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** 75 seconds: `1 min 15 s`. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}

/** Columns side by side; those of numbers end where the others begin. */
export function tableText(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('   ')
        .trimEnd(),
    )
    .join('\n');
}

/** What must be known of a model whose configuration has keys that nobody here reads. */
export function unreadText(keys: readonly string[]): string {
  return `config.json says ${keys.join(', ')}, not read here; if it changes the arithmetic, the figures are another model's`;
}

/** Three digits that matter. */
function three(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3).replace(/\.?0+$/, '');
}
