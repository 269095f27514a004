/** Figures as people read them: three significant digits; the exact value is for titles and exports. */

const minus = '−';

/** `+17.4`, `−0.00312`, `0`; with a sign, for contributions. */
export function signed(value: number): string {
  const text = rounded(value);
  return value > 0 && text !== '0' ? `+${text}` : text;
}

/** `17.4`, `−0.00312`, `1.2·10⁻⁶`: three significant digits. */
export function rounded(value: number): string {
  if (!Number.isFinite(value)) return exact(value);
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e6) return power(value);
  return Number(value.toPrecision(3)).toString().replace('-', minus);
}

/** `99.2 %`, `8.3 %`, `−40 %`, `< 0.1 %`, `> 99.9 %`: 0 % and 100 % are nothing and all. Of a number that 1 is the whole of. */
export function percent(share: number): string {
  if (!Number.isFinite(share)) return exact(share);
  const size = Math.abs(share);
  if (size > 0 && size < 0.001) return '< 0.1 %';
  if (share >= 0.9995 && share < 1) return '> 99.9 %';
  const isFine = (size > 0 && size < 0.0995) || (size >= 0.9945 && size < 0.9995);
  return `${(share * 100).toFixed(isFine ? 1 : 0).replace('-', minus)} %`;
}

/** All digits that a float has, for titles: `17.412345`; `–` for what is no number. */
export function exact(value: number): string {
  if (Number.isNaN(value)) return '–';
  return Number.isFinite(value) ? String(value).replace('-', minus) : `${value < 0 ? minus : ''}∞`;
}

/** `1.2 s`, `340 ms`, `4 min`, `< 1 ms`: of seconds. */
export function duration(seconds: number): string {
  if (seconds > 0 && seconds < 0.0005) return '< 1 ms';
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 90) return `${rounded(Number(seconds.toPrecision(2)))} s`;
  return `${Math.round(seconds / 60)} min`;
}

/** `1.2 GB`, `340 MB`: of bytes. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const unit = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(count, 1)) / 3)));
  return `${rounded(Number((count / 1000 ** unit).toPrecision(2)))} ${units[unit]}`;
}

/** `2.3 M`, `1.1 B`: of parameters. */
export function parameters(count: number): string {
  const [unit, size] =
    count >= 1e9 ? (['B', 1e9] as const) : count >= 1e6 ? (['M', 1e6] as const) : (['k', 1e3] as const);
  return `${rounded(Number((count / size).toPrecision(2)))} ${unit}`;
}

const raised = '⁰¹²³⁴⁵⁶⁷⁸⁹';

function power(value: number): string {
  const [mantissa = '', exponent = '0'] = value.toExponential(2).split('e');
  const digits = String(Math.abs(Number(exponent))).replace(/\d/g, (digit) => raised[Number(digit)] ?? digit);
  const short = String(Number(mantissa)).replace('-', minus);
  return `${short}·10${Number(exponent) < 0 ? '⁻' : ''}${digits}`;
}
