/** How fast a sweep goes on, by what was computed lately. */

/** Milliseconds that count as lately. */
const lately = 30_000;

export class Pace {
  readonly #now: () => number;
  readonly #ended: { readonly at: number; readonly rows: number }[] = [];
  #since: number;

  /** @param now milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#since = now();
  }

  /** So many rows were computed. */
  note(rows: number): void {
    const now = this.#now();
    if (rows > 0) this.#ended.push({ at: now, rows });
    while (this.#ended[0] && this.#ended[0].at < now - lately) this.#since = (this.#ended.shift() as { at: number }).at;
  }

  /** Null as long as nothing was computed lately. */
  get rowsPerSecond(): number | null {
    this.note(0);
    const rows = this.#ended.reduce((sum, ended) => sum + ended.rows, 0);
    const seconds = (this.#now() - this.#since) / 1000;
    return rows > 0 && seconds > 0 ? rows / seconds : null;
  }
}
