/** The workers among the members of a cluster. */
import type { Worker, WorkerSource } from '../worker-state.ts';
import type { Members } from './members.ts';

export function workersAmong(members: Pick<Members, 'list'>): Worker[] {
  return members.list().flatMap(({ kind, state, ...member }) => {
    return kind === 'WORKER' && state ? [{ ...member, ...state }] : [];
  });
}

export class MemberWorkers implements WorkerSource {
  readonly #members: Pick<Members, 'list' | 'watch'>;

  constructor(members: Pick<Members, 'list' | 'watch'>) {
    this.#members = members;
  }

  async list(): Promise<readonly Worker[]> {
    return workersAmong(this.#members);
  }

  watch(listener: () => void): () => void {
    return this.#members.watch(listener);
  }
}
