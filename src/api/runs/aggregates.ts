/** Figures of many runs in GraphQL. */
import type { RunAggregates as Aggregates, MethodAggregate as OfMethod } from '../../runs/aggregates.ts';
import { AttributionMethod } from '../attribution/request.ts';
import { builder } from '../builder.ts';
import { orGraphQLError } from '../failures.ts';
import { RunFilter, runFilterOf } from './run-filter.ts';
import { RunKind, RunStatus } from './run-kinds.ts';

/** All runs are looked at. */
export const aggregatesComplexity = 100;

const StatusCount = builder.objectRef<Aggregates['byStatus'][number]>('StatusCount').implement({
  description: 'How many runs are of a status.',
  fields: (t) => ({
    status: t.field({ type: RunStatus, description: 'The status.', resolve: ({ status }) => status }),
    count: t.exposeInt('count', { description: 'How many.' }),
  }),
});

const MethodAggregate = builder.objectRef<OfMethod>('MethodAggregate').implement({
  description: 'Figures of all runs of a kind and a method.',
  fields: (t) => ({
    kind: t.field({ type: RunKind, description: 'The kind.', resolve: ({ kind }) => kind }),
    method: t.field({
      type: AttributionMethod,
      nullable: true,
      description: 'The method; null of runs that have none: circulations, and answers whose tokens are not explained.',
      resolve: ({ method }) => method as typeof AttributionMethod.$inferType | null,
    }),
    count: t.exposeInt('count', { description: 'How many, of whichever status.' }),
    meanScore: t.float({
      nullable: true,
      description:
        'Mean of what was explained, in the unit of the target, over the completed runs that have such a figure; null where none has. Runs whose targets are of several kinds should not be asked for it together.',
      resolve: ({ meanScore }) => meanScore,
    }),
    audited: t.exposeInt('audited', { description: 'How many have an audit.' }),
    auditsPassed: t.float({
      nullable: true,
      description: 'Which share of those passed it, from 0 to 1; null where none has one.',
      resolve: ({ auditsPassed }) => auditsPassed,
    }),
  }),
});

export const RunAggregates = builder.objectRef<Aggregates>('RunAggregates').implement({
  description: 'Figures of many runs together.',
  fields: (t) => ({
    count: t.exposeInt('count', { description: 'How many there are.' }),
    byStatus: t.field({
      type: [StatusCount],
      description: 'How many of each status that occurs, in the order in which a run has them.',
      complexity: { field: 1, multiplier: 5 },
      resolve: ({ byStatus }) => [...byStatus],
    }),
    byMethod: t.field({
      type: [MethodAggregate],
      description: 'Figures of each kind and method that occur, by name within a kind.',
      resolve: ({ byMethod }) => [...byMethod],
    }),
    audited: t.exposeInt('audited', { description: 'How many have an audit.' }),
    auditsPassed: t.float({
      nullable: true,
      description: 'Which share of those passed it, from 0 to 1; null where none has one.',
      resolve: ({ auditsPassed }) => auditsPassed,
    }),
  }),
});

builder.queryField('runAggregates', (t) =>
  t.field({
    type: RunAggregates,
    description: 'Figures of all stored runs that a filter admits.',
    args: { filter: t.arg({ type: RunFilter, description: 'As of `runs`. Default: all.' }) },
    complexity: { field: aggregatesComplexity },
    resolve: (_, { filter }, { runs }) => orGraphQLError(() => runs.many.aggregates(runFilterOf(filter))),
  }),
);
