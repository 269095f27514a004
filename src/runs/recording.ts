import type { RunStore } from './store.ts';

/** Where a run that is computed is written, from its start to its end. */
export type Recording = Pick<RunStore, 'started' | 'append' | 'complete' | 'profiled'>;
