/** What a request would take: `Query.estimate`. */
import { within } from '../../errors.ts';
import { builder, computes, readingComplexity } from '../builder.ts';
import { orFailure } from '../failures.ts';
import type { Estimable } from './estimable.ts';
import { EstimateResult } from './estimate-type.ts';
import { estimables } from './registry.ts';

/** What counting a job costs. */
const estimateComplexity = 10;

const EstimateInput = builder.inputType('EstimateInput', {
  description: 'A request that may be made, by the name of its operation. Exactly one of them.',
  isOneOf: true,
  fields: (t) =>
    Object.fromEntries(
      estimables.map(({ operation, type, description }) => [operation, t.field({ type, description })]),
    ),
});

/** @throws Error where there is not exactly one, which the schema sees to */
function askedIn(input: Readonly<Record<string, unknown>>): { operation: Estimable; input: unknown } {
  const operation = estimables.find(({ operation }) => input[operation]);
  if (!operation) throw new Error('No operation is to be estimated');
  return { operation, input: input[operation.operation] };
}

builder.queryField('estimate', (t) =>
  t.field({
    type: EstimateResult,
    // The machine's speed is measured where it is not known yet.
    extensions: computes,
    description:
      'How much memory and time a request would take, and how long it would wait. Nothing is loaded or run for it. What is wrong with the request is told as the operation itself would tell it; that it is over a budget, or has no place in the queue, is told by the estimate.',
    args: {
      input: t.arg({ type: EstimateInput, required: true, description: 'Which request, and what of it.' }),
    },
    complexity: ({ input }) => estimateComplexity + readingComplexity(input),
    resolve: (_, args, { catalogue, engine, client }) =>
      orFailure(async () => {
        const { operation, input } = askedIn(args.input);
        const model = await catalogue.get(operation.modelOf(input));
        const { kind, request } = within(`input.${operation.operation}`, () => operation.ask(model, input));
        return engine.estimate(kind, model.checkpoint, request, client);
      }),
  }),
);
