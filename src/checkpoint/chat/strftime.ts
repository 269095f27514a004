/** A date as Python's `strftime` writes it in its default locale, in the server's own time. */

const months = 'January February March April May June July August September October November December'.split(' ');
const days = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

const directives: Readonly<Record<string, (date: Date) => string>> = {
  Y: (date) => String(date.getFullYear()),
  y: (date) => padded(date.getFullYear() % 100),
  m: (date) => padded(date.getMonth() + 1),
  d: (date) => padded(date.getDate()),
  H: (date) => padded(date.getHours()),
  I: (date) => padded(date.getHours() % 12 || 12),
  M: (date) => padded(date.getMinutes()),
  S: (date) => padded(date.getSeconds()),
  p: (date) => (date.getHours() < 12 ? 'AM' : 'PM'),
  B: (date) => months[date.getMonth()] as string,
  b: (date) => (months[date.getMonth()] as string).slice(0, 3),
  A: (date) => days[date.getDay()] as string,
  a: (date) => (days[date.getDay()] as string).slice(0, 3),
  j: (date) => padded(dayOfYear(date), 3),
  '%': () => '%',
};

/** A `-` before a letter leaves zeros out; what is not known stays as it is. */
export function strftime(date: Date, format: string): string {
  return format.replace(/%(-?)([A-Za-z%])/g, (directive, bare: string, letter: string) => {
    const text = directives[letter]?.(date) ?? directive;
    return bare === '' ? text : text.replace(/^0+(?=\d)/, '');
  });
}

function padded(number: number, length = 2): string {
  return String(number).padStart(length, '0');
}

function dayOfYear(date: Date): number {
  const midnight = Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  return (midnight - Date.UTC(date.getFullYear(), 0, 1)) / 86_400_000 + 1;
}
