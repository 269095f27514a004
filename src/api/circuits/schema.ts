/** Circuits in GraphQL: what a model's weights alone tell of its heads. */

import type { CircuitsResult, CompositionKind as Kind } from '../../explain/circuits/result.ts';
import { strongest } from '../../explain/circuits/strongest.ts';
import type { CatalogueModel } from '../../inference/catalogue.ts';
import { at } from '../../inference/rows.ts';
import { answerSizeOf } from '../answer-size.ts';
import { isInBounds, longestList, requireCount } from '../bounds.ts';
import { builder, computes, listComplexity } from '../builder.ts';
import { expectedSize, extent } from '../expected-size.ts';
import {
  CancelledError,
  CheckpointError,
  OverCapacityError,
  orFailure,
  typeOf,
  UnknownModelError,
} from '../failures.ts';
import { Model } from '../models/schema.ts';
import { Tensor } from '../scalars.ts';
import { circuitsSelection } from './selection.ts';

/** What products of all heads' weights cost, as much as several passes over a prompt. */
const circuitsComplexity = 1000;

interface CircuitsValue {
  readonly model: CatalogueModel;
  readonly result: CircuitsResult;
}

interface Head {
  readonly layer: number;
  readonly head: number;
}

export const CompositionKind = builder.enumType('CompositionKind', {
  description: 'Through which of its inputs an attention head reads what an earlier head wrote.',
  values: {
    Q: {
      description:
        'Queries: what the earlier head wrote at a position helps to decide where this head looks from there. Norm of the product OV₁·QK₂.',
    },
    K: {
      description:
        'Keys: what the earlier head wrote at a position helps to decide who looks at it. Norm of the product OV₁·QK₂ᵀ. Induction heads read the heads that look one token back so.',
    },
    V: {
      description: 'Values: this head moves on what the earlier head moved. Norm of the product OV₁·OV₂.',
    },
  } as const,
});

const HeadCircuit = builder.objectRef<Head & { readonly copying: number | undefined }>('HeadCircuit').implement({
  description: 'What the weights alone tell of one attention head.',
  fields: (t) => ({
    layer: t.exposeInt('layer', { description: 'The block, from 0.' }),
    head: t.exposeInt('head', { description: 'The head in the block, from 0.' }),
    copying: t.float({
      description:
        'From 1, where attending to a token raises the logit of the same token, to −1, where it lowers it: Σλ / Σ|λ| over the eigenvalues λ of the way from token to logit through this head, W_E·OV·W_U, the linear parts of the norms on the way included. About 0 where the head does neither. Only the direct way counts: what MLPs and other heads make of the token before this head reads it does not.',
      resolve: ({ copying }) => copying as number,
    }),
  }),
});

const ComposedHead = builder.objectRef<Head>('ComposedHead').implement({
  description: 'An attention head, named by where it is.',
  fields: (t) => ({
    layer: t.exposeInt('layer', { description: 'The block, from 0.' }),
    head: t.exposeInt('head', { description: 'The head in the block, from 0.' }),
  }),
});

const HeadComposition = builder
  .objectRef<{ readonly from: Head; readonly to: Head; readonly score: number }>('HeadComposition')
  .implement({
    description: 'How strongly one attention head reads what an earlier one writes.',
    fields: (t) => ({
      from: t.field({ type: ComposedHead, description: 'The head that writes.', resolve: ({ from }) => from }),
      to: t.field({
        type: ComposedHead,
        description: 'The head of a later block that reads.',
        resolve: ({ to }) => to,
      }),
      score: t.exposeFloat('score', {
        description: 'As in `Circuits.composition`: from 0 for nothing in common to 1.',
      }),
    }),
  });

const kindArgument = { type: CompositionKind, required: true, description: 'Through which input.' } as const;

const Circuits = builder.objectRef<CircuitsValue>('Circuits').implement({
  description:
    'What the weights of a model alone tell of its attention heads, whatever the prompt (Elhage et al. 2021, *A Mathematical Framework for Transformer Circuits*). Centring and weights of norms are included; their scales, which depend on the prompt, rotary positions, norms of queries and keys, biases, and softcaps are left out.',
  fields: (t) => ({
    model: t.field({ type: Model, description: 'The model.', resolve: ({ model }) => model }),
    heads: t.field({
      ...extent(({ layerCount, headCount }) => layerCount * headCount),
      type: [HeadCircuit],
      description: 'Every head, block by block.',
      resolve: ({ model: { specification }, result: { copying } }) =>
        Array.from({ length: specification.layerCount * specification.headCount }, (_, index) => ({
          ...headAt(specification, index),
          copying: copying?.[index],
        })),
    }),
    composition: t.field({
      ...extent(({ layerCount, headCount }) => (layerCount * headCount) ** 2),
      type: Tensor,
      description:
        '[fromLayer, fromHead, toLayer, toHead]: ‖W₁·W₂‖ / (‖W₁‖·‖W₂‖), Frobenius norms, where W₁ is what the earlier head writes for what it reads (OV) and W₂ what the later one does with it. 0 for heads that are not in an earlier and a later block. Compare it between heads: random weights give more than 0 too.',
      args: { kind: t.arg(kindArgument) },
      complexity: { field: circuitsComplexity },
      resolve: ({ model: { specification }, result }, { kind }) => {
        const { layerCount, headCount } = specification;
        return { shape: [layerCount, headCount, layerCount, headCount], values: scoresOf(result, kind) };
      },
    }),
    strongest: t.field({
      ...extent((_, { first }: { readonly first: number }) => (isInBounds(first) ? first : 0)),
      type: [HeadComposition],
      nullable: true,
      description:
        'The pairs of heads that compose most, strongest first. Null only beside an error, for a `first` out of bounds.',
      args: {
        kind: t.arg(kindArgument),
        first: t.arg.int({ required: true, defaultValue: 20, description: `How many, at most ${longestList}.` }),
      },
      complexity: ({ first }) => ({ ...listComplexity({ first }), field: circuitsComplexity }),
      resolve: async ({ model: { specification }, result }, { kind, first }) => {
        await requireCount('first', first);
        const scores = scoresOf(result, kind);
        const heads = specification.layerCount * specification.headCount;
        return strongest(scores, first).map((place) => ({
          from: headAt(specification, Math.floor(place / heads)),
          to: headAt(specification, place % heads),
          score: at(scores, place),
        }));
      },
    }),
  }),
});

const CircuitsResultType = builder.unionType('CircuitsResult', {
  description: 'The circuits of a model, or what was wrong with the request.',
  types: [Circuits, UnknownModelError, CheckpointError, OverCapacityError, CancelledError],
  resolveType: typeOf('Circuits'),
});

builder.queryField('circuits', (t) =>
  t.field({
    type: CircuitsResultType,
    extensions: computes,
    description:
      'What the weights of a model alone tell of its attention heads: which copy tokens, and which read what which others wrote. Takes no prompt. What is not selected is not computed; answers are kept in memory.',
    args: { model: t.arg.string({ required: true, description: 'As in `Model.name`.' }) },
    complexity: { field: circuitsComplexity },
    resolve: (_, { model: name }, context, info) =>
      orFailure(async () => {
        const { catalogue, circuits, signal, client } = context;
        const model = await catalogue.get(name);
        answerSizeOf(context).expect(expectedSize(info, { ...model.specification, length: 0 }));
        return { model, result: await circuits.of(model, circuitsSelection(info), { signal, client }) };
      }),
  }),
);

function headAt({ headCount }: CatalogueModel['specification'], index: number): Head {
  return { layer: Math.floor(index / headCount), head: index % headCount };
}

function scoresOf({ composition }: CircuitsResult, kind: Kind): Float32Array {
  const scores = composition[kind];
  if (!scores) throw new Error(`${kind}-composition was selected and not computed`);
  return scores;
}
