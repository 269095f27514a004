import type { Worker as Told } from '../../worker-state.ts';
import { builder } from '../builder.ts';

/** Apart from its fields: failures list workers, and fields of workers fail. */
export const Worker = builder.objectRef<Told>('Worker');
