/** The logit lens in GraphQL. */
import type { LensRequest, LensReading as Reading, LensResult as Result } from '../../explain/lens/result.ts';
import type { CatalogueModel } from '../../inference/catalogue.ts';
import { lens } from '../../jobs/kinds/lens.ts';
import { answerSizeOf } from '../answer-size.ts';
import { isInBounds, requireCount } from '../bounds.ts';
import { builder, computes, listComplexity, passComplexity, readingComplexity } from '../builder.ts';
import { expectedSize, extent } from '../expected-size.ts';
import { orFailure, questionFailures, typeOf } from '../failures.ts';
import { LensToken } from '../models/lens-token.ts';
import { Model } from '../models/schema.ts';
import { Token, tokenAt } from '../models/token.ts';
import { hasBetween, LensInput, lensQuestion, lensSelection, longestTop } from './request.ts';

interface LensValue {
  readonly model: CatalogueModel;
  readonly request: LensRequest;
  readonly result: Result;
}

interface ReadingValue extends LensValue {
  readonly reading: Reading | undefined;
  readonly position: number;
}

interface LayerValue extends LensValue {
  readonly index: number;
}

const LensReading = builder.objectRef<ReadingValue>('LensReading').implement({
  description:
    'What the model would say if it ended at one depth, at one position: its final norm and unembedding over the residual stream there.',
  fields: (t) => ({
    token: t.field({
      type: Token,
      description: 'The token of the prompt at the position that is read; what is predicted comes after it.',
      resolve: ({ model, request, position }) => promptToken(model, request, position),
    }),
    top: t.field({
      ...extent((_, { first }: { readonly first: number }) => (isInBounds(first, longestTop) ? first : 0)),
      type: [LensToken],
      nullable: true,
      description: 'The likeliest tokens, likeliest first. Null only beside an error, for a `first` out of bounds.',
      args: {
        first: t.arg.int({ required: true, defaultValue: 5, description: `How many, 0 to ${longestTop}.` }),
      },
      complexity: listComplexity,
      resolve: async (value, { first }) => {
        await requireCount('first', first, longestTop);
        return tokensOf(value, value.reading?.top ?? []).slice(0, first);
      },
    }),
    tokens: t.field({
      ...extent(({ lens = 1 }) => lens),
      type: [LensToken],
      description: 'The tokens of the request, each once, as it names them.',
      resolve: (value) => tokensOf(value, value.reading?.tokens ?? []),
    }),
    entropy: t.float({
      description:
        'Of all probabilities, −Σ p·log p, in nats: 0 where the model is sure, log V where it has no idea, with V tokens in the vocabulary.',
      resolve: ({ reading }) => {
        if (reading?.entropy === undefined) throw new Error('The entropy was selected and not computed');
        return reading.entropy;
      },
    }),
  }),
});

const ofPositions = extent(({ positions = 1 }) => positions);
/** The query's own complexity counts the positions. */
const perPosition = { field: 0, multiplier: 1 };

const LayerLens = builder.objectRef<LayerValue>('LayerLens').implement({
  description: 'What the model would say if it ended within one block, or after it.',
  fields: (t) => ({
    layer: t.int({
      description: 'The block, from 0.',
      resolve: ({ request, index }) => request.layers[index] as number,
    }),
    afterAttention: t.field({
      ...ofPositions,
      type: [LensReading],
      nullable: true,
      complexity: perPosition,
      description:
        "Once the block's attention is added to the residual stream, at each position. Null in parallel blocks and in attention-only models, where no depth lies between attention and MLP.",
      resolve: (value) =>
        hasBetween(value.model) ? readingsOf(value, value.result.layers[value.index]?.afterAttention) : null,
    }),
    afterBlock: t.field({
      ...ofPositions,
      type: [LensReading],
      complexity: perPosition,
      description: "After the block, at each position. After the last block it is the model's own prediction.",
      resolve: (value) => readingsOf(value, value.result.layers[value.index]?.afterBlock),
    }),
  }),
});

const Lens = builder.objectRef<LensValue>('Lens').implement({
  description: 'What the model would say if it ended at some depth (logit lens), depth by depth.',
  fields: (t) => ({
    model: t.field({ type: Model, description: 'The model.', resolve: ({ model }) => model }),
    tokens: t.field({
      ...extent(({ length }) => length),
      type: [Token],
      description: 'The tokens of the prompt.',
      resolve: ({ model, request }) => request.inputIds.map((_, position) => promptToken(model, request, position)),
    }),
    positions: t.intList({
      ...ofPositions,
      description: 'The positions that are read, ascending.',
      resolve: ({ request }) => [...request.positions],
    }),
    embedding: t.field({
      ...ofPositions,
      type: [LensReading],
      complexity: perPosition,
      description: 'Before the first block, at each position.',
      resolve: (value) => readingsOf(value, value.result.embedding),
    }),
    layers: t.field({
      ...extent(({ layerCount }) => layerCount),
      type: [LayerLens],
      description: 'The chosen blocks, first to last.',
      resolve: (value) => value.request.layers.map((_, index) => ({ ...value, index })),
    }),
  }),
});

const LensResult = builder.unionType('LensResult', {
  description: 'What the lens shows, or what was wrong with the request.',
  types: [Lens, ...questionFailures],
  resolveType: typeOf('Lens'),
});

builder.queryField('lens', (t) =>
  t.field({
    type: LensResult,
    extensions: computes,
    description:
      'The logit lens: what the model would say before the first block, after the attention of each block and after each block, at chosen positions, by one forward pass. What is not selected is not computed. Nothing is stored.',
    args: { input: t.arg({ type: LensInput, required: true, description: 'What is read, and where.' }) },
    complexity: ({ input }) => ({
      field: passComplexity + readingComplexity(input),
      multiplier: Math.max(input.positions?.length ?? 1, 1),
    }),
    resolve: (_, { input }, context, info) =>
      orFailure(async (): Promise<LensValue> => {
        const { catalogue, engine, signal, client } = context;
        const selection = lensSelection(info);
        const model = await catalogue.get(input.model);
        const request = lensQuestion(model, input, selection);
        const { layers, positions, tokens, inputIds } = request;
        const { headCount } = model.specification;
        const sizes = { layerCount: layers.length, positions: positions.length, lens: tokens.length };
        answerSizeOf(context).expect(expectedSize(info, { ...sizes, headCount, length: inputIds.length }, 'Lens'));
        const result = reads(request)
          ? await engine.run(lens, model.checkpoint, request, { signal, client })
          : { layers: layers.map((layer) => ({ layer })) };
        return { model, request, result };
      }),
  }),
);

/** Whether there is anything to compute: some figure at some depth. */
function reads({ embedding, afterAttention, afterBlock, top, tokens, entropy }: LensRequest): boolean {
  return (embedding || afterAttention || afterBlock) && (top > 0 || tokens.length > 0 || entropy);
}

function readingsOf(value: LensValue, readings: readonly Reading[] | null | undefined): ReadingValue[] {
  return value.request.positions.map((position, index) => ({ ...value, position, reading: readings?.[index] }));
}

function tokensOf({ model, position }: ReadingValue, tokens: Reading['tokens']) {
  return tokens.map((token) => ({
    ...token,
    tokens: (id: number) => model.checkpoint.tokenizer.token(id),
    position,
  }));
}

function promptToken({ checkpoint: { tokenizer } }: CatalogueModel, request: LensRequest, position: number) {
  return tokenAt(request, position, (id) => tokenizer.token(id));
}
