/** What is stored, in GraphQL. */

import type { StoreSize } from '../../runs/housekeeping.ts';
import type { RetentionLimits } from '../../runs/retention.ts';
import { builder } from '../builder.ts';
import { orGraphQLError } from '../failures.ts';

const Retention = builder.objectRef<RetentionLimits>('Retention').implement({
  description:
    'What is kept at the most. The oldest runs go first; those that are pinned, in an experiment, under way or followed at the moment stay, and every run for ten minutes after its end.',
  fields: (t) => ({
    maxAge: t.float({
      nullable: true,
      description: 'Days for which runs are kept, `RETENTION_DAYS`; null: for ever.',
      resolve: ({ days }) => days ?? null,
    }),
    maxRuns: t.int({
      nullable: true,
      description: 'Runs that are kept besides those that stay, `RETENTION_RUNS`; null: all.',
      resolve: ({ runs }) => runs ?? null,
    }),
    maxBytes: t.float({
      nullable: true,
      description: 'Bytes that the database may have in use, `RETENTION_BYTES`; null: any number.',
      resolve: ({ bytes }) => bytes ?? null,
    }),
  }),
});

const Storage = builder.objectRef<StoreSize>('Storage').implement({
  description: 'How much is stored, and how much is kept.',
  fields: (t) => ({
    bytes: t.exposeFloat('bytes', {
      description:
        "Bytes of the database's file. Up to some megabytes more are in the log beside it. Where the server asks who one is, bytes of what one's own runs tell and answer.",
    }),
    freeBytes: t.exposeFloat('freeBytes', {
      description:
        "Of these the bytes that deleted runs have left, which new ones fill before the file grows; 0 of one's own.",
    }),
    runs: t.exposeInt('runs', { description: 'How many runs there are.' }),
    events: t.exposeFloat('events', { description: 'How many events they have told.' }),
    experiments: t.exposeInt('experiments', { description: 'How many experiments there are.' }),
    retention: t.field({
      type: Retention,
      description: 'What is kept at the most.',
      resolve: (_, __, { retention }) => retention,
    }),
  }),
});

builder.queryField('storage', (t) =>
  t.field({
    type: Storage,
    description: 'How much is stored, and how much is kept.',
    resolve: (_, __, { runs }) => orGraphQLError(() => runs.size()),
  }),
);
