/** What people say of a run: whether it is kept, and a note. */
import { longestNote, requireLength } from '../../runs/labels.ts';
import { builder, readingComplexity } from '../builder.ts';
import { InputError, OverCapacityError, orFailure, ReadOnlyError, typeOf, UnknownRunError } from '../failures.ts';
import { RunPayload } from './run-payload.ts';
import { runIdOf } from './run-type.ts';

const UpdateRunInput = builder.inputType('UpdateRunInput', {
  description: 'What is to be said of a run. What is not given stays as it is.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'As in `Run.id`.' }),
    pinned: t.boolean({ description: 'Whether it is kept whatever the retention says.' }),
    note: t.string({
      description: `In place of what is written beside it, at most ${longestNote} characters; an empty one takes that away.`,
    }),
  }),
});

const UpdateRunResult = builder.unionType('UpdateRunResult', {
  description: 'The run with what was changed, or why nothing was.',
  types: [RunPayload, UnknownRunError, ReadOnlyError, InputError, OverCapacityError],
  resolveType: typeOf('RunPayload'),
});

builder.mutationField('updateRun', (t) =>
  t.field({
    type: UpdateRunResult,
    description: 'Pins a run, or writes a note beside it. What it was asked and what it answers stays as it is.',
    args: { input: t.arg({ type: UpdateRunInput, required: true, description: 'What is said of it.' }) },
    complexity: ({ input }) => ({ field: 1 + readingComplexity(input) }),
    resolve: (_, { input: { id, pinned, note } }, { runs }) =>
      orFailure(async () => {
        requireLength('input.note', note ?? '', longestNote);
        return { run: await runs.label(runIdOf(id), { pinned: pinned ?? undefined, note: note ?? undefined }) };
      }),
  }),
);
