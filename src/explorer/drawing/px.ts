/** A length as styles take it: Preact adds no unit. */
export function px(length: number): string {
  return `${length}px`;
}
