/** What starts sweeps, stops them, and has them go on. */
import { experimentName } from '../../runs/labels.ts';
import type { SweepRecord } from '../../runs/sweep-record.ts';
import { builder, passComplexity, readingComplexity } from '../builder.ts';
import {
  OverCapacityError,
  orFailure,
  questionFailures,
  RunStateError,
  typeOf,
  UnknownSweepError,
} from '../failures.ts';
import { plannedRows } from './planned-rows.ts';
import { SweepInput } from './request.ts';
import { Sweep, sweepIdOf } from './sweep-type.ts';

const SweepPayload = builder.objectRef<{ readonly sweep: SweepRecord }>('SweepPayload').implement({
  description: 'The sweep that was asked about.',
  fields: (t) => ({
    sweep: t.field({ type: Sweep, description: 'The sweep, as it is now.', resolve: ({ sweep }) => sweep }),
  }),
});

const StartSweepResult = builder.unionType('StartSweepResult', {
  description: 'The sweep that was started, or what was wrong with the request.',
  types: [SweepPayload, ...questionFailures],
  resolveType: typeOf('SweepPayload'),
});
const CancelSweepResult = builder.unionType('CancelSweepResult', {
  description: 'The sweep that was stopped, or why it cannot be.',
  types: [SweepPayload, UnknownSweepError, RunStateError, OverCapacityError],
  resolveType: typeOf('SweepPayload'),
});
const ResumeSweepResult = builder.unionType('ResumeSweepResult', {
  description: 'The sweep that goes on, or why it cannot.',
  types: [SweepPayload, UnknownSweepError, RunStateError, OverCapacityError],
  resolveType: typeOf('SweepPayload'),
});

builder.mutationFields((t) => ({
  startSweep: t.field({
    type: StartSweepResult,
    description:
      'Asks operations of many prompts, and has their runs join an experiment. All rows are stored, then asked, many at a time; what is answered already is found. Does not wait for them: follow them with `sweepProgress`. A row that cannot be asked fails by itself; a sweep of which no row can be asked is refused with the error of the first. What it would take says `estimateSweep`.',
    args: { input: t.arg({ type: SweepInput, required: true, description: 'What to ask, and of which prompts.' }) },
    complexity: ({ input }) => passComplexity + readingComplexity(input),
    resolve: (_, { input }, context) =>
      orFailure(async () => {
        const experiment = experimentName('input.experiment', input.experiment);
        const { rows } = await plannedRows(input, context);
        return { sweep: await context.sweeps.start(experiment, rows, input, context.principal.key ?? undefined) };
      }),
  }),
  cancelSweep: t.field({
    type: CancelSweepResult,
    description:
      'Stops a sweep before its next block. Runs that it has made stay; rows that are left stay as they are, for `resumeSweep`.',
    args: { id: t.arg.id({ required: true, description: 'As in `Sweep.id`.' }) },
    resolve: (_, { id }, { sweeps }) => orFailure(async () => ({ sweep: await sweeps.cancel(sweepIdOf(id)) })),
  }),
  resumeSweep: t.field({
    type: ResumeSweepResult,
    description: 'Has a sweep go on with the rows that are left; one that runs is left to itself.',
    args: {
      id: t.arg.id({ required: true, description: 'As in `Sweep.id`.' }),
      failed: t.arg.boolean({
        required: true,
        defaultValue: false,
        description: 'Whether rows that failed are asked again.',
      }),
    },
    complexity: passComplexity,
    resolve: (_, { id, failed }, { sweeps, principal }) =>
      orFailure(async () => ({ sweep: await sweeps.resume(sweepIdOf(id), failed, principal.key ?? undefined) })),
  }),
}));
