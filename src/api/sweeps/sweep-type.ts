/** Sweeps in GraphQL, and their rows. */
import {
  type SweepRowStatus as RowStatus,
  type SweepStatus as Status,
  type SweepRecord,
  type SweepRowRecord,
  sweepRowStatuses,
  sweepStatuses,
} from '../../runs/sweep-record.ts';
import { builder } from '../builder.ts';
import { Experiment } from '../experiments/experiment-type.ts';
import { orGraphQLError } from '../failures.ts';
import { globalIdOf } from '../global-id.ts';
import { connectionTo, pageComplexity, pageOf, pageSizes } from '../paging.ts';
import { foundRun } from '../runs/found-run.ts';
import { RunError } from '../runs/run-event.ts';
import { Run } from '../runs/run-type.ts';
import { readApart } from '../selected-fields.ts';

const statuses: Readonly<Record<Status, string>> = {
  RUNNING: 'Rows are being asked; so it goes on after a restart of the server.',
  COMPLETED: 'No row is left: each is done, or has failed.',
  CANCELLED: 'It was stopped; rows that are left may be asked by `resumeSweep`.',
};

export const SweepStatus = builder.enumType('SweepStatus', {
  description: 'How far a sweep is.',
  values: Object.fromEntries(sweepStatuses.map((name) => [name, { description: statuses[name] }])) as Record<
    Status,
    object
  >,
});

const rowStatuses: Readonly<Record<RowStatus, string>> = {
  PENDING: 'It is left to be asked.',
  DONE: 'A run answers it.',
  FAILED: 'It has no answer; its error says why.',
};

export const SweepRowStatus = builder.enumType('SweepRowStatus', {
  description: 'What has become of a row of a sweep.',
  values: Object.fromEntries(sweepRowStatuses.map((name) => [name, { description: rowStatuses[name] }])) as Record<
    RowStatus,
    object
  >,
});

/** The slots of a row: name → text, in their order. */
type SlotEntry = readonly [name: string, value: string];

export const SlotValue = builder.objectRef<SlotEntry>('SlotValue').implement({
  description: 'What stands in a slot of the template, or in a column of the file.',
  fields: (t) => ({
    name: t.string({ description: 'Of the slot.', resolve: ([name]) => name }),
    value: t.string({ description: 'The text in it.', resolve: ([, value]) => value }),
  }),
});

export const SweepRow = builder.objectRef<SweepRowRecord>('SweepRow').implement({
  description: 'One question of a sweep: of one prompt, model, method and target.',
  fields: (t) => ({
    index: t.exposeInt('index', { description: 'Its place in the sweep, from 0.' }),
    status: t.field({
      type: SweepRowStatus,
      description: 'What has become of it.',
      resolve: ({ status }) => status,
    }),
    slots: t.field({
      type: [SlotValue],
      description: 'What stands in the slots of its prompt; empty where it has none.',
      resolve: ({ slots }) => Object.entries(slots),
    }),
    run: t.field({
      type: Run,
      nullable: true,
      description: 'The run that answers it; null until then, where it failed, and where that run was deleted.',
      resolve: ({ runId }, _, context) => (runId === null ? null : foundRun(runId, context)),
    }),
    found: t.exposeBoolean('found', {
      description:
        'Whether that run was there already, or another row asks the same: then nothing was computed for it.',
    }),
    error: t.field({
      type: RunError,
      nullable: true,
      description: 'Why it failed; null otherwise.',
      resolve: ({ error }) => error,
    }),
  }),
});

/** A cursor is the index: where a page begins, whatever has become of the rows since. */
const rowPaging = {
  ...pageSizes,
  cursorOf: ({ index }: SweepRowRecord) => String(index),
  placeOf: (cursor: string) => (/^(0|[1-9]\d{0,8})$/.test(cursor) ? Number(cursor) : undefined),
};

export const Sweep = builder.objectRef<SweepRecord>('Sweep');
builder.node(Sweep, {
  description:
    'One operation asked of many prompts, targets, methods and models. It is stored with all of its rows before the first is asked, and goes on after a restart of the server.',
  extensions: readApart,
  id: { resolve: ({ id }) => id, description: 'Of the sweep.' },
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'rowCount' in value && 'experimentId' in value,
  loadOne: (id, { sweeps }) => orGraphQLError(async () => (await sweeps.find(id)) ?? null),
  fields: (t) => ({
    experiment: t.field({
      type: Experiment,
      description: 'The experiment that its runs belong to.',
      resolve: ({ experimentId }, _, { runs }) =>
        orGraphQLError(async () => {
          const experiment = await runs.experiments.find(experimentId);
          if (!experiment) throw new Error(`The experiment ${experimentId} is gone, and its sweep is not`);
          return experiment;
        }),
    }),
    status: t.field({ type: SweepStatus, description: 'How far it is.', resolve: ({ status }) => status }),
    rowCount: t.exposeInt('rowCount', { description: 'How many rows it has.' }),
    done: t.exposeInt('done', { description: 'Rows that a run answers.' }),
    failed: t.exposeInt('failed', { description: 'Rows that have no answer.' }),
    found: t.exposeInt('found', {
      description: 'Of `done`, those whose run was there already, so that nothing was computed for them.',
    }),
    left: t.int({
      description: 'Rows that are left to be asked.',
      resolve: ({ rowCount, done, failed }) => rowCount - done - failed,
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was asked for.',
      resolve: ({ createdAt }) => createdAt,
    }),
    finishedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it ended; null until then.',
      resolve: ({ finishedAt }) => finishedAt,
    }),
    rowsPerSecond: t.float({
      nullable: true,
      description: 'How many rows were computed in a second, of the last 30 s; null while it does not run.',
      resolve: (sweep, _, { sweeps }) => sweeps.paceOf(sweep).rowsPerSecond,
    }),
    secondsLeft: t.float({
      nullable: true,
      description: 'Seconds until it is over, at that pace; null where there is none.',
      resolve: (sweep, _, { sweeps }) => sweeps.paceOf(sweep).secondsLeft,
    }),
    rows: t.connection(
      {
        type: SweepRow,
        nullable: true,
        description:
          'Its rows, in their order; the cursor of a row is its `index`. Null with an error of its own for a page that there is none.',
        args: {
          statuses: t.arg({
            type: [SweepRowStatus],
            description: 'Those that are of one of these statuses. Default: all.',
          }),
        },
        complexity: (args) => pageComplexity(args),
        resolve: (sweep, { statuses, ...args }, { sweeps }) =>
          orGraphQLError(() =>
            connectionTo(pageOf(args, rowPaging), rowPaging, (page) => sweeps.rows(sweep, page, statuses ?? undefined)),
          ),
      },
      { name: 'SweepRowConnection', description: 'A page of the rows of a sweep.' },
      { name: 'SweepRowEdge', description: 'A row in a page.' },
    ),
  }),
});

/** The sweep that a client's id names; an id of anything else names none. */
export function sweepIdOf(id: string): string {
  const named = globalIdOf(id);
  return named?.typename === 'Sweep' ? named.id : id;
}
