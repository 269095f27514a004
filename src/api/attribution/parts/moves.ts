import { movesGrain } from '../../../explain/attribution/grains/moves-grain.ts';
import { builder } from '../../builder.ts';
import { Tensor } from '../../scalars.ts';
import { LogitAttribution } from '../logit-attribution.ts';
import { MoveAxis, MovePath } from '../moves-type.ts';
import { needs, nullOfTokensAlone } from './part.ts';

type Args = { readonly keep: readonly (typeof MoveAxis.$inferType)[]; readonly path: typeof MovePath.$inferType };

builder.objectField(LogitAttribution, 'moves', (t) =>
  t.field({
    ...needs(
      ({ keep, path }: Args) => [movesGrain(path, keep), 1],
      ({ layerCount, headCount, length }, { keep }) => {
        const sizes = { LAYER: layerCount, HEAD: headCount, TO: length, FROM: length };
        return Array.from(new Set(keep)).reduce((product, axis) => product * sizes[axis], 1);
      },
    ),
    type: Tensor,
    nullable: true,
    description: `The exact tensor of what attention moves, [layer, head, to, from]: what each head contributes by moving information from one position to another. Any of its marginals: axes that are not kept are summed over. All of them agree: kept layers and heads alone, it is \`HeadAttribution.total\` (or \`direct\`). ${nullOfTokensAlone}`,
    args: {
      keep: t.arg({
        type: [MoveAxis],
        required: true,
        defaultValue: ['LAYER', 'HEAD'],
        description: 'The axes of the answer; they come in the order LAYER, HEAD, TO, FROM.',
      }),
      path: t.arg({
        type: MovePath,
        required: true,
        defaultValue: 'TOTAL',
        description: 'By which way to the logit.',
      }),
    },
    // With TO and FROM it is as large as the prompt's length squared.
    complexity: ({ keep }) => ({ field: keep.includes('TO') && keep.includes('FROM') ? 100 : 10 }),
    resolve: ({ result }, { keep, path }) => result.grains[movesGrain(path, keep)] ?? null,
  }),
);
