/** What a run came to, for tables of many runs: read with the run, or together for all of a page. */
import { mostAtOnce } from '../../runs/many-runs.ts';
import type { RunRecord } from '../../runs/types.ts';
import { builder, type Context } from '../builder.ts';
import { orGraphQLError } from '../failures.ts';
import { readTogether } from '../read-together.ts';
import { Run } from './run-type.ts';

type Found = { readonly rank: number; readonly probability: number } | undefined;

/** Of each request: how completed runs found their targets. */
const found = new WeakMap<Context, (id: string) => Promise<Found>>();

function targetOf({ id, status, question }: RunRecord, context: Context): Promise<Found> {
  if (status !== 'COMPLETED' || question.kind === 'GENERATION') return Promise.resolve(undefined);
  let read = found.get(context);
  if (!read) {
    read = readTogether(async (ids) => {
      const completions = await context.runs.many.completions(ids);
      return new Map([...completions].map(([run, told]) => [run, 'target' in told ? told.target : undefined] as const));
    }, mostAtOnce);
    found.set(context, read);
  }
  return read(id);
}

builder.objectFields(Run, (t) => ({
  score: t.float({
    nullable: true,
    description:
      'What was explained, in the unit of the target: of a circulation the sum of the scores of the tokens that it tracks. Null until it is completed, and where there is no such figure.',
    resolve: ({ score }) => score,
  }),
  auditPassed: t.boolean({
    nullable: true,
    description: 'Whether its parts sum to what they should; null where it has no audit.',
    resolve: ({ auditPassed }) => auditPassed,
  }),
  targetRank: t.int({
    nullable: true,
    description: 'The rank of the target token, 1 for the likeliest; null until it is completed, and of answers.',
    resolve: (run, _, context) => orGraphQLError(async () => (await targetOf(run, context))?.rank ?? null),
  }),
  targetProbability: t.float({
    nullable: true,
    description: 'The probability of the target token; null until it is completed, and of answers.',
    resolve: (run, _, context) => orGraphQLError(async () => (await targetOf(run, context))?.probability ?? null),
  }),
}));
