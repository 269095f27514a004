import type { RunRecord } from '../../runs/types.ts';
import { builder } from '../builder.ts';
import { Run } from './run-type.ts';

export const RunPayload = builder.objectRef<{ readonly run: RunRecord }>('RunPayload').implement({
  description: 'The run that was asked about.',
  fields: (t) => ({ run: t.field({ type: Run, description: 'The run, as it is now.', resolve: ({ run }) => run }) }),
});
