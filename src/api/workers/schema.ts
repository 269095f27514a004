/** The workers in GraphQL: the processes that have models run. */
import type { WorkerModel as ToldModel, WorkerState } from '../../worker-state.ts';
import { builder } from '../builder.ts';
import { orGraphQLError } from '../failures.ts';
import { ModelStatus } from '../models/model-entry.ts';
import { LoadProgress, ModelWeights } from '../models/schema.ts';
import { Worker } from './worker.ts';

const WorkerMemory = builder.objectRef<WorkerState['memory']>('WorkerMemory').implement({
  description: 'Memory of a worker, without what the system keeps of files.',
  fields: (t) => ({
    total: t.exposeFloat('total', {
      description: "Bytes that all loaded models' weights and what running requests keep may take together.",
    }),
    used: t.exposeFloat('used', { description: 'Bytes of them that are taken, by the estimates.' }),
  }),
});

const WorkerSpeed = builder.objectRef<NonNullable<WorkerState['speed']>>('WorkerSpeed').implement({
  description: 'How fast a machine computes, as measured on it for one job at a time. Estimates are made of this.',
  fields: (t) => ({
    flops: t.float({
      description: 'Floating-point operations a second, in products of matrices of many rows.',
      resolve: ({ flops }) => 1 / flops,
    }),
    bandwidth: t.float({
      nullable: true,
      description:
        'Bytes of float32 weights that are read a second, in products with one row; null where that took no time that could be measured.',
      resolve: ({ weights }) => (weights > 0 ? 4 / weights : null),
    }),
  }),
});

const WorkerModel = builder.objectRef<ToldModel>('WorkerModel').implement({
  description: 'A model as a worker has it.',
  fields: (t) => ({
    name: t.exposeString('name', { description: "Its folder within that worker's models folder." }),
    revision: t.string({
      nullable: true,
      description:
        'As `Model.revision`: a worker computes what is asked of this revision. Null only beside an error, where the files cannot be read any more.',
      resolve: ({ name, revision }, _, { catalogue }) =>
        revision ?? orGraphQLError(async () => (await catalogue.get(name)).checkpoint.revision()),
    }),
    status: t.field({
      type: ModelStatus,
      description: 'Whether it is in the memory of that worker. Never BROKEN: such models are not listed.',
      resolve: ({ status }) => status,
    }),
    weights: t.field({
      type: ModelWeights,
      nullable: true,
      description: 'How its weights are in memory; null while they are not.',
      resolve: ({ weights }) => weights,
    }),
    progress: t.field({
      type: LoadProgress,
      nullable: true,
      description: 'While it loads, how far it is; null otherwise.',
      resolve: ({ progress }) => progress,
    }),
    error: t.exposeString('error', {
      nullable: true,
      description: 'Why the last attempt to load it failed; null where none did.',
    }),
  }),
});

builder.node(Worker, {
  description:
    'A process that has models run: the server itself where it computes by itself; where several machines share a database, each of those that were started with `npm run worker`.',
  id: {
    resolve: ({ id }) => id,
    description: 'Of the process, from its start to its end: one that is started anew has another.',
  },
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'seenAt' in value && 'memory' in value,
  loadOne: (id, { workers }) =>
    orGraphQLError(async () => (await workers.list()).find((worker) => worker.id === id) ?? null),
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The name of its machine, for people: several may have the same.' }),
    startedAt: t.field({
      type: 'DateTime',
      description: 'When it was started.',
      resolve: ({ startedAt }) => startedAt,
    }),
    lastSeen: t.field({
      type: 'DateTime',
      description:
        'When it said last that it is there. One of several machines that has not done so for 5 seconds is taken for lost: it is not listed any more, and another goes on with what it had taken.',
      resolve: ({ seenAt }) => seenAt,
    }),
    program: t.exposeString('program', { description: 'The version of its program.' }),
    places: t.exposeInt('workers', {
      description: 'Jobs that it computes at once, at the most, each in a process of its own.',
    }),
    running: t.exposeInt('running', { description: 'Jobs that it computes now.' }),
    memory: t.field({
      type: WorkerMemory,
      description: 'What its models and jobs may take of the memory, and take.',
      resolve: ({ memory }) => memory,
    }),
    speed: t.field({
      type: WorkerSpeed,
      nullable: true,
      description:
        'How fast it computes; null until that was measured, which it is when an estimate first depends on it.',
      resolve: ({ speed }) => speed,
    }),
    models: t.field({
      type: [WorkerModel],
      description: 'The models that it can run, by name, and which of them it has in memory.',
      resolve: ({ models }) => [...models],
    }),
  }),
});

builder.queryField('workers', (t) =>
  t.field({
    type: [Worker],
    nullable: true,
    description:
      'The processes that have models run, and what each of them has in memory: one, the server itself, where it computes by itself. Null only beside an error, where they cannot be read.',
    resolve: async (_, _args, { workers }) => orGraphQLError(async () => [...(await workers.list())]),
  }),
);
