/** Runs in GraphQL. */
import type { Place } from '../../jobs/engine.ts';
import { LogitAttribution } from '../attribution/logit-attribution.ts';
import { storedAttribution } from '../attribution/stored-attribution.ts';
import { builder, computes, passComplexity } from '../builder.ts';
import { Experiment } from '../experiments/experiment-type.ts';
import { orGraphQLError } from '../failures.ts';
import { Generation } from '../generation/generation-type.ts';
import { storedGeneration } from '../generation/stored-generation.ts';
import { Model } from '../models/schema.ts';
import { readApart } from '../selected-fields.ts';
import { foundRun } from './found-run.ts';
import { RunError } from './run-event.ts';
import { RunKind, RunStatus } from './run-kinds.ts';
import { RunProfile, RunProvenance } from './run-profile.ts';
import { RunRequest } from './run-request.ts';
import { modelOf } from './run-tokens.ts';
import { Run } from './run-type.ts';

const RunQueue = builder.objectRef<Place>('RunQueue').implement({
  description:
    'The place of a run that waits. Turns are taken by client, the one first that had least time lately; within a client short work comes before long, and nothing is overtaken for long.',
  fields: (t) => ({
    position: t.exposeInt('position', { description: 'Its place among the runs and requests that wait; 1: the next.' }),
    ahead: t.exposeInt('ahead', { description: 'How many are under way, or begin before it.' }),
    expectedStart: t.field({
      type: 'DateTime',
      description:
        'When it is expected to begin, or to go on, if nobody else comes; by the same estimates as `Query.estimate`.',
      resolve: ({ expectedStart }) => expectedStart,
    }),
    reason: t.string({
      nullable: true,
      description:
        'Of several machines, what it waits for, in words: a worker that has its model, or a place at one of those that have. Null where the server computes by itself, and its turn is all that it waits for.',
      resolve: ({ reason }) => reason ?? null,
    }),
  }),
});

builder.node(Run, {
  description: 'An attribution, a circulation or a generation, stored with all that it told.',
  extensions: readApart,
  id: { resolve: ({ id }) => id, description: 'Of the run.' },
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'contentHash' in value,
  loadOne: foundRun,
  fields: (t) => ({
    kind: t.field({ type: RunKind, description: 'What it does.', resolve: ({ question }) => question.kind }),
    status: t.field({ type: RunStatus, description: 'How far it is.', resolve: ({ status }) => status }),
    input: t.field({
      type: RunRequest,
      description:
        'What it was asked: to label it in a list, or to ask it again, which `repeatRun` does. It is there when the checkpoint is not.',
      resolve: (run) => ({ run }),
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was asked for.',
      resolve: ({ createdAt }) => createdAt,
    }),
    startedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When a worker took it; null while it waits.',
      resolve: ({ startedAt }) => startedAt,
    }),
    queue: t.field({
      type: RunQueue,
      nullable: true,
      description:
        'Where it stands in the queue: while it is QUEUED, and while it is RUNNING but stands aside for shorter work; null otherwise.',
      resolve: (run, _, { runs }) => orGraphQLError(() => runs.placeOf(run)),
    }),
    finishedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it ended; null until then.',
      resolve: ({ finishedAt }) => finishedAt,
    }),
    contentHash: t.exposeString('contentHash', {
      description: 'Of model, input, method and method version: same hash, same run.',
    }),
    modelName: t.exposeString('modelName', { description: 'The name of its model when it was asked for.' }),
    model: t.field({
      type: Model,
      nullable: true,
      description: 'Its model; null when the checkpoint is gone or has changed since.',
      resolve: (run, _, context) => modelOf(run, context),
    }),
    experiment: t.field({
      type: Experiment,
      nullable: true,
      deprecationReason: 'A run may belong to several: `experiments`.',
      description: 'The first by name of the experiments that it belongs to; null for none.',
      resolve: ({ id }, _, { runs }) => orGraphQLError(async () => (await runs.experiments.ofRun(id))[0] ?? null),
    }),
    experiments: t.field({
      type: [Experiment],
      description: 'The experiments that it belongs to, by name.',
      resolve: ({ id }, _, { runs }) => orGraphQLError(() => runs.experiments.ofRun(id)),
    }),
    pinned: t.exposeBoolean('pinned', {
      description: 'Whether it is kept whatever the retention says; `updateRun` pins a run.',
    }),
    note: t.exposeString('note', {
      description: 'What people have written beside it by `updateRun`; empty where nobody has.',
    }),
    modelRevision: t.exposeString('modelRevision', {
      description: 'Of the files of its model when it was asked for; as `Model.revision`.',
    }),
    provenance: t.field({
      type: RunProvenance,
      nullable: true,
      description: 'By which program and on which machine it was answered; null of runs of before version 0.3.',
      resolve: ({ provenance }) => provenance,
    }),
    profile: t.field({
      type: RunProfile,
      nullable: true,
      description: 'Where its time went; null until it is completed, and of runs of before version 0.3.',
      resolve: ({ profile }) => profile,
    }),
    storedBytes: t.exposeFloat('storedBytes', {
      description: 'Bytes that its events and its answer take in the database.',
    }),
    shared: t.exposeBoolean('shared', {
      description: 'Whether everybody who may read finds it by its id; `shareRun` and `unshareRun` say so.',
    }),
    mine: t.boolean({
      description:
        "Whether who asks may change it: it is theirs, or they may manage what is anybody's. Always so where the server asks nobody who they are.",
      resolve: (run, _, { runs }) => runs.isOwn(run),
    }),
    owner: t.string({
      nullable: true,
      description:
        'Whose it is, as their key or token says; null where the server asks nobody who they are, and of a run that somebody else shares.',
      resolve: (run, _, { runs }) => (runs.isOwn(run) && run.owner !== '' ? run.owner : null),
    }),
    attempt: t.exposeInt('attempt', {
      description: 'How often it was begun: more than once where the worker that computed it was lost.',
    }),
    error: t.field({
      type: RunError,
      nullable: true,
      description: 'Why it failed, or was cancelled though nobody asked for that; null otherwise.',
      resolve: ({ error }) => error,
    }),
    eventCount: t.exposeInt('eventCount', { description: 'How many events it has told so far.' }),
    attribution: t.field({
      type: LogitAttribution,
      nullable: true,
      extensions: computes,
      description:
        'The answer of a completed logit attribution; null for other runs. What is selected beyond what is stored is computed and added.',
      complexity: { field: passComplexity },
      resolve: (run, _, context, info) => storedAttribution(run, context, info),
    }),
    generation: t.field({
      type: Generation,
      nullable: true,
      description: 'The answer of a completed generation; null for other runs.',
      resolve: (run, _, context, info) => storedGeneration(run, context, info),
    }),
  }),
});
