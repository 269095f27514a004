/**
 * Joins reads of the same rows: when a run tells something, all its readers want the same row in the same moment.
 * Nothing is kept once it is read, so this is no cache and cannot grow.
 */
export class SharedReads<Value> {
  /** By run, then by place in it. */
  readonly #underWay = new Map<string, Map<number, Promise<Value>>>();

  /** Joins the read of this place that is under way, or begins one. */
  read(runId: string, place: number, begin: () => Promise<Value>): Promise<Value> {
    const reads = this.#underWay.get(runId) ?? new Map<number, Promise<Value>>();
    this.#underWay.set(runId, reads);
    const known = reads.get(place);
    if (known) return known;
    const read = begin().finally(() => {
      reads.delete(place);
      if (reads.size === 0 && this.#underWay.get(runId) === reads) this.#underWay.delete(runId);
    });
    reads.set(place, read);
    return read;
  }

  /**
   * To be called when rows were written, before anyone is told: a read that began earlier may have seen less. Whoever
   * joined it then would wait for a signal that has been given already.
   */
  renew(runId: string): void {
    this.#underWay.delete(runId);
  }
}
