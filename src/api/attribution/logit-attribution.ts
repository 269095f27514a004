/** Where a logit comes from, in GraphQL: what every answer has. Fields that are computed when selected: `parts/`. */
import { type AttributionMethod as MethodName, methodOf } from '../../explain/attribution/methods/registry.ts';
import type { MethodOptions } from '../../explain/attribution/result.ts';
import type { RunRecord } from '../../runs/types.ts';
import { builder } from '../builder.ts';
import { extent } from '../expected-size.ts';
import { Model } from '../models/schema.ts';
import { Token, type TokenReader } from '../models/token.ts';
import { foundRun } from '../runs/found-run.ts';
import { Run } from '../runs/run-type.ts';
import type { AttributionValue } from './attribution-value.ts';
import { EmbeddingContribution } from './contribution-type.ts';
import { AttributionMethod } from './request.ts';
import { storedAttribution } from './stored-attribution.ts';
import { Audit, auditOf, Target } from './target-type.ts';
import { sharesOfTokens, TokenAttribution } from './token-attribution-type.ts';

export const AttributionOptions = builder
  .objectRef<MethodOptions & { readonly tokens: TokenReader }>('AttributionOptions')
  .implement({
    description: 'What a method was told.',
    fields: (t) => ({
      steps: t.int({
        nullable: true,
        description: 'How many points INTEGRATED_GRADIENTS averaged over. Null with OCCLUSION, which takes none.',
        resolve: ({ steps }) => steps ?? null,
      }),
      baseline: t.field({
        type: Token,
        nullable: true,
        description: 'The token that stood in for those of the prompt; null for an embedding of zeros.',
        resolve: ({ baseline, tokens }) => (typeof baseline === 'number' ? tokens(baseline) : null),
      }),
    }),
  });

export const LogitAttribution = builder.objectRef<AttributionValue>('LogitAttribution');
builder.node(LogitAttribution, {
  description: 'Where a logit comes from.',
  id: { resolve: ({ run }) => run.id, description: 'Of the attribution, as long as its run is stored.' },
  loadWithoutCache: async (id, context, info) => {
    const run = await foundRun(id, context);
    return run && storedAttribution(run, context, info, 'LogitAttribution');
  },
  fields: (t) => ({
    run: t.field({
      type: Run,
      description: 'The stored run. Asking the same again gives the same run.',
      resolve: ({ run }) => run,
    }),
    model: t.field({
      type: Model,
      nullable: true,
      description: 'The model; null when its checkpoint is no longer there.',
      resolve: ({ model }) => model,
    }),
    method: t.field({
      type: AttributionMethod,
      description: 'How it was traced.',
      resolve: ({ run }) => methodNameOf(run),
    }),
    options: t.field({
      type: AttributionOptions,
      nullable: true,
      description:
        'What the method was told, with its defaults; null with a method that takes none: all but INTEGRATED_GRADIENTS and OCCLUSION.',
      resolve: ({ run, tokens }) => {
        const options = run.question.kind === 'LOGIT_ATTRIBUTION' ? run.question.input.options : undefined;
        return options ? { ...options, tokens } : null;
      },
    }),
    target: t.field({
      type: Target,
      description: 'What is explained.',
      resolve: ({ result: { target }, tokens }) => ({ target, tokens }),
    }),
    tokens: t.field({
      ...extent(({ length }) => length),
      type: [TokenAttribution],
      description: 'What each token of the prompt contributes, in order.',
      resolve: (attribution) => {
        const shares = sharesOfTokens(attribution);
        return Array.from(attribution.result.tokens, (_, position) => ({ attribution, position, shares }));
      },
    }),
    bias: t.float({
      description:
        'What no token accounts for: the biases of the model; with INTEGRATED_GRADIENTS the logit at the baseline; 0 with OCCLUSION and ATTENTION_ROLLOUT.',
      resolve: ({ result }) => result.bias,
    }),
    intercept: t.float({
      description:
        'What is explained less its linear part, where it is no logit but a (log-)probability that was linearised; otherwise 0. With the tokens and `bias` it makes the sum of the audit.',
      resolve: ({ result }) => result.intercept ?? 0,
    }),
    embedding: t.field({
      type: EmbeddingContribution,
      description: 'What the embeddings contribute.',
      resolve: ({ result: { embedding, target }, run }) => ({
        direct: embedding.direct,
        total: methodOf(methodNameOf(run)).throughBlocks && !target.span?.against ? embedding.total : null,
      }),
    }),
    audit: t.field({
      type: Audit,
      description: 'Does it add up?',
      resolve: ({ result }) => auditOf(result),
    }),
  }),
});

function methodNameOf({ question }: RunRecord): MethodName {
  return (question.kind === 'LOGIT_ATTRIBUTION' ? question.input.method : 'FROZEN') as MethodName;
}
