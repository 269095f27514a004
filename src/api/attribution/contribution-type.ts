import type { ContributionResult } from '../../explain/attribution/result.ts';
import { builder } from '../builder.ts';
import { nullOfTokensAlone } from './parts/part.ts';

export const Contribution = builder.objectRef<ContributionResult>('Contribution').implement({
  description: 'What a component contributes to the logit.',
  fields: (t) => ({
    direct: t.exposeFloat('direct', {
      description:
        'What it writes straight to the logit at the target position. Over all components, the embedding and the biases, these sum to the logit.',
    }),
    total: t.exposeFloat('total', {
      description: 'All that passes through it on the way to the logit, by later components too.',
    }),
  }),
});

interface EmbeddingValue {
  readonly direct: number;
  readonly total: number | null;
}

export const EmbeddingContribution = builder.objectRef<EmbeddingValue>('EmbeddingContribution').implement({
  description: 'What the embeddings contribute to the logit.',
  fields: (t) => ({
    direct: t.exposeFloat('direct', {
      description: 'What the one at the target position writes straight to the logit.',
    }),
    total: t.exposeFloat('total', {
      nullable: true,
      description: `What all of them contribute by every path: the sum of the tokens. ${nullOfTokensAlone}`,
    }),
  }),
});
