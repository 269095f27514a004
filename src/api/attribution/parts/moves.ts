import { type ChosenHeads, movesGrain, movesSizes } from '../../../explain/attribution/grains/moves-grain.ts';
import { longestList } from '../../bounds.ts';
import { builder } from '../../builder.ts';
import { orGraphQLError } from '../../failures.ts';
import { chosenNumbers } from '../../models/places.ts';
import { Tensor } from '../../scalars.ts';
import { LogitAttribution } from '../logit-attribution.ts';
import { MoveAxis, MovePath } from '../moves-type.ts';
import { needs, nullOfTokensAlone } from './part.ts';

interface Args {
  readonly keep: readonly (typeof MoveAxis.$inferType)[];
  readonly path: typeof MovePath.$inferType;
  readonly layers?: readonly number[] | null | undefined;
  readonly heads?: readonly number[] | null | undefined;
}

/** None that is named is refused by the field itself, and nothing is computed for it. */
function isChoice(chosen: readonly number[] | null | undefined): boolean {
  return !chosen || (chosen.length > 0 && new Set(chosen).size <= longestList && chosen.every((number) => number >= 0));
}

function chosenIn({ layers, heads }: Args): ChosenHeads {
  return { layers: ascending(layers), heads: ascending(heads) };
}

function ascending(chosen: readonly number[] | null | undefined): number[] | undefined {
  return chosen ? [...new Set(chosen)].sort((a, b) => a - b) : undefined;
}

builder.objectField(LogitAttribution, 'moves', (t) =>
  t.field({
    ...needs(
      (args: Args) => {
        const { keep, path, layers, heads } = args;
        return [movesGrain(path, keep, chosenIn(args)), isChoice(layers) && isChoice(heads) ? 1 : 0];
      },
      ({ layerCount, headCount, length }, args) => {
        const sizes = movesSizes(chosenIn(args), { layerCount, headCount }, length);
        return Array.from(new Set(args.keep)).reduce((product, axis) => product * sizes[axis], 1);
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
      layers: t.arg.intList({
        description: `Blocks, from 0, at most ${longestList}; told in ascending order. Default: all.`,
      }),
      heads: t.arg.intList({
        description: `Heads of these blocks, from 0, at most ${longestList}; told in ascending order. Default: all. With one block and one head the whole [to, from] map of a long prompt is a small answer.`,
      }),
    },
    // With TO and FROM it is as large as the prompt's length squared.
    complexity: ({ keep }) => ({ field: keep.includes('TO') && keep.includes('FROM') ? 100 : 10 }),
    resolve: async ({ result, model }, args) => {
      const { layers, heads, path, keep } = args;
      await orGraphQLError(() => {
        if (!model) return;
        const { layerCount, headCount } = model.specification;
        chosenNumbers(layers, layerCount, 'layers');
        chosenNumbers(heads, headCount, 'heads');
      });
      return result.grains[movesGrain(path, keep, chosenIn(args))] ?? null;
    },
  }),
);
