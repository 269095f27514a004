/** Runs by their id, and lists of them. */
import { encodeGlobalID } from '@pothos/plugin-relay';
import { GraphQLError } from 'graphql';
import { isRunId } from '../../runs/run-ids.ts';
import type { RunRecord } from '../../runs/types.ts';
import { AttributionMethod } from '../attribution/request.ts';
import { builder } from '../builder.ts';
import { orGraphQLError } from '../failures.ts';
import { globalIdOf } from '../global-id.ts';
import { connectionTo, pageComplexity, pageOf, pageSizes } from '../paging.ts';
import { foundRun } from './found-run.ts';
import { RunKind, RunStatus } from './run-kinds.ts';
import { Run, runIdOf } from './run-type.ts';

/** Characters of a text that prompts are searched for. */
const longestSought = 1000;

const RunFilter = builder.inputType('RunFilter', {
  description: 'Which runs to list: those for which every condition that is given holds. An empty list admits none.',
  fields: (t) => ({
    kinds: t.field({ type: [RunKind], description: 'Only runs of one of these kinds.' }),
    statuses: t.field({ type: [RunStatus], description: 'Only runs of one of these statuses.' }),
    model: t.string({ description: 'Only runs of the model that had this name when they were asked for.' }),
    methods: t.field({
      type: [AttributionMethod],
      description: 'Only attributions by one of these methods; no circulations.',
    }),
    prompt: t.string({
      description: `Only runs whose prompt has this in its text, in letters of any case; at most ${longestSought} characters. Runs that were stored by version 0.1 have no text to be found by.`,
    }),
    createdAfter: t.field({ type: 'DateTime', description: 'Only runs that were asked for then or later.' }),
    createdBefore: t.field({ type: 'DateTime', description: 'Only runs that were asked for before.' }),
  }),
});

/** A cursor is the id of the run; ids are in the order of runs, so that one which is gone is a place all the same. */
const paging = {
  ...pageSizes,
  cursorOf: ({ id }: RunRecord) => encodeGlobalID('Run', id),
  placeOf: (cursor: string) => {
    const named = globalIdOf(cursor);
    return named?.typename === 'Run' && isRunId(named.id) ? named.id : undefined;
  },
};

builder.queryFields((t) => ({
  runs: t.connection(
    {
      type: Run,
      nullable: true,
      description: 'Stored runs, newest first. Null with an error of its own for a page that there is none.',
      args: { filter: t.arg({ type: RunFilter, description: 'Default: all.' }) },
      complexity: (args) => pageComplexity(args),
      resolve: (_, { filter, ...args }, { runs }) => {
        requireInBounds(filter?.prompt);
        return connectionTo(pageOf(args, paging), paging, (page) =>
          orGraphQLError(() => runs.list(page, filter ?? {})),
        );
      },
    },
    { name: 'RunConnection', description: 'A page of runs.' },
    { name: 'RunEdge', description: 'A run in a page.' },
  ),
  run: t.field({
    type: Run,
    nullable: true,
    description: 'The run with this id; null when there is none, and for what is no id.',
    args: { id: t.arg.id({ required: true, description: 'As in `Run.id`.' }) },
    resolve: (_, { id }, context) => foundRun(runIdOf(id), context),
  }),
}));

function requireInBounds(prompt: string | null | undefined): void {
  if (!prompt || prompt.length <= longestSought) return;
  const message = `The text to find prompts by has ${prompt.length} characters; at most ${longestSought} are looked for`;
  throw new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
}
