/** Cause beside attribution, in GraphQL. */

import type { AblationResult, ablationReplacements } from '../../explain/attribution/studies/ablations.ts';
import { builder } from '../builder.ts';

export const AblationReplacement = builder.enumType('AblationReplacement', {
  description: "What takes the place of a component's output.",
  values: {
    ZERO: { description: 'Nothing: the output is zero.' },
    MEAN: {
      description:
        "The output's mean over the positions of the prompt: what it does everywhere alike stays, what it does here is lost.",
    },
  } satisfies Record<(typeof ablationReplacements)[number], object>,
});

export const Ablation = builder.objectRef<AblationResult>('Ablation').implement({
  description:
    'What the target loses without one component, beside what is attributed to it. The attributed `total` says what passed through the component in this run; `drop` says what is lost when it is gone and everything after it is computed anew. They differ where what comes after answers to the loss: later components make up for it (self-repair, the Hydra effect: `drop` below `total`), or had erased what the component wrote and now have nothing to erase (`drop` near zero beside a large `direct`), and norms rescale what remains.',
  fields: (t) => ({
    layer: t.exposeInt('layer', { description: 'The block, from 0.' }),
    head: t.exposeInt('head', {
      nullable: true,
      description: "The head in the block, from 0; null for the block's MLP.",
    }),
    direct: t.exposeFloat('direct', { description: 'What it writes straight to the logit, as in `layers`.' }),
    total: t.exposeFloat('total', { description: 'All that passes through it, as in `layers`.' }),
    drop: t.exposeFloat('drop', {
      description:
        "What is explained (the logit, the difference of two, or the (log-)probability) less what it is in a run in which the component's output is replaced at every position. Of a head that is what it reads off the values, before W_O, whose bias stays; of an MLP all that it adds to the residual stream.",
    }),
  }),
});
