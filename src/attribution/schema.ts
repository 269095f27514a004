/** Logit attributions in GraphQL. */
import { GraphQLError, type GraphQLResolveInfo } from 'graphql';
import { builder, type Context, listComplexity } from '../builder.ts';
import { orFailure, questionFailures, typeOf } from '../failures.ts';
import type { CatalogueModel } from '../model/catalogue.ts';
import { Model } from '../model/schema.ts';
import { Token, type TokenReader, type TokenValue } from '../model/token.ts';
import { Run } from '../run/run-type.ts';
import { subjectOf } from '../run/subject.ts';
import type { RunRecord } from '../run/types.ts';
import { Tensor } from '../scalars.ts';
import { Ablation, AblationReplacement } from './ablation-type.ts';
import { Faithfulness } from './faithfulness-type.ts';
import { movesGrain, sourcesGrain } from './grains/moves-grain.ts';
import { passesOf } from './options.ts';
import { originOf, pathsGrain } from './paths-grain.ts';
import { Paths } from './paths-type.ts';
import { AttributionMethod, attributionQuestions, LogitAttributionInput, LogitAttributionsInput } from './request.ts';
import type {
  AttributionResult,
  ContributionResult,
  EdgeResult,
  LayerResult,
  MethodOptions,
  moveAxes,
  movePaths,
  NeuronResult,
} from './result.ts';
import { longestList, selectionOf } from './selection.ts';
import { sharesOf } from './shares.ts';
import { Audit, Target } from './target-type.ts';

/** What an attribution by one pass costs beside what is selected of it. */
export const attributionComplexity = 100;
/** Passes of `faithfulness`, and about as many as `agreement` takes. */
const faithfulnessPasses = 70;

/** An answer with what is needed to show it. */
export interface AttributionValue {
  readonly run: RunRecord;
  /** Null when the checkpoint is gone. */
  readonly model: CatalogueModel | null;
  readonly tokens: TokenReader;
  readonly result: AttributionResult;
}

const Contribution = builder.objectRef<ContributionResult>('Contribution').implement({
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

interface HeadValue extends ContributionResult {
  readonly head: number;
  readonly sources: Float32Array | undefined;
  readonly length: number;
}

const HeadAttribution = builder.objectRef<HeadValue>('HeadAttribution').implement({
  description: 'What one attention head contributes.',
  fields: (t) => ({
    head: t.exposeInt('head', { description: 'Its number in the block, from 0.' }),
    direct: t.exposeFloat('direct', { description: 'What it writes straight to the logit at the target position.' }),
    total: t.exposeFloat('total', { description: 'All that passes through it.' }),
    sources: t.field({
      type: Tensor,
      description:
        '[to, from] within the prompt: what it contributes by moving from one position to another. Sums to `total`.',
      // As large as the prompt's length squared.
      complexity: { field: 100 },
      resolve: ({ sources, length }) => ({ shape: [length, length], values: sources ?? new Float32Array() }),
    }),
  }),
});

const NeuronAttribution = builder.objectRef<NeuronResult>('NeuronAttribution').implement({
  description: 'What one MLP neuron contributes at one position.',
  fields: (t) => ({
    neuron: t.exposeInt('neuron', { description: 'Its number in the MLP, from 0.' }),
    position: t.exposeInt('position', { description: 'The position of the prompt at which it is active.' }),
    activation: t.exposeFloat('activation', { description: 'Its activation there.' }),
    direct: t.exposeFloat('direct', {
      description: 'What it writes straight to the logit; 0 away from the target position.',
    }),
    total: t.exposeFloat('total', { description: 'All that passes through it.' }),
  }),
});

interface LayerValue {
  readonly attribution: AttributionValue;
  readonly layer: number;
}

const layerOf = ({ attribution, layer }: LayerValue) => attribution.result.grains.layers?.[layer] as LayerResult;

const LayerAttribution = builder.objectRef<LayerValue>('LayerAttribution').implement({
  description: 'What one block contributes.',
  fields: (t) => ({
    layer: t.exposeInt('layer', { description: 'Its number, from 0.' }),
    attention: t.field({
      type: Contribution,
      description: "The block's attention: its heads and `attentionBias`.",
      resolve: (value) => layerOf(value).attention,
    }),
    mlp: t.field({
      type: Contribution,
      nullable: true,
      description: "The block's MLP; null in a block that has none.",
      resolve: (value) => layerOf(value).mlp,
    }),
    attentionBias: t.field({
      type: Contribution,
      description: "The attention's own output bias, which is no head's.",
      resolve: (value) => layerOf(value).attentionBias,
    }),
    residual: t.float({
      description:
        'What the residual stream before this block carries to the logit. With the biases from here on it is the logit, at every depth.',
      resolve: (value) => layerOf(value).residual,
    }),
    bias: t.float({
      description: "What all of this block's biases contribute.",
      resolve: (value) => layerOf(value).bias,
    }),
    heads: t.field({
      type: [HeadAttribution],
      description: 'Each attention head.',
      resolve: (value) => {
        const { heads } = layerOf(value);
        const length = value.attribution.result.tokens.length;
        const moves = value.attribution.result.grains[sourcesGrain]?.values;
        const size = length * length;
        return heads.map((contribution, head) => {
          const start = (value.layer * heads.length + head) * size;
          return { ...contribution, head, length, sources: moves?.subarray(start, start + size) };
        });
      },
    }),
    neurons: t.field({
      type: [NeuronAttribution],
      description: 'The neurons that matter most, by the magnitude of `total`, strongest first.',
      args: {
        first: t.arg.int({ required: true, defaultValue: 10, description: `How many, at most ${longestList}.` }),
      },
      complexity: listComplexity,
      resolve: (value, { first }) => (value.attribution.result.grains.neurons?.[value.layer] ?? []).slice(0, first),
    }),
  }),
});

const AttentionEdge = builder
  .objectRef<EdgeResult & { readonly attribution: AttributionValue }>('AttentionEdge')
  .implement({
    description: 'What one head contributes by moving information from one position to another.',
    fields: (t) => ({
      layer: t.exposeInt('layer', { description: 'The block, from 0.' }),
      head: t.exposeInt('head', { description: 'The head in the block, from 0.' }),
      from: t.field({
        type: Token,
        description: 'The token that is attended to.',
        resolve: ({ attribution, from }) => promptToken(attribution, from),
      }),
      to: t.field({
        type: Token,
        description: 'The token that attends.',
        resolve: ({ attribution, to }) => promptToken(attribution, to),
      }),
      weight: t.exposeFloat('weight', { description: 'The attention that `to` pays to `from`.' }),
      score: t.exposeFloat('score', { description: 'What the move contributes to the logit.' }),
    }),
  });

const MovePath = builder.enumType('MovePath', {
  description: 'By which way what a head moves comes to the logit.',
  values: {
    TOTAL: { description: 'By every way, later components included.' },
    DIRECT: { description: "Straight: what the head writes at the target's position." },
  } satisfies Record<(typeof movePaths)[number], object>,
});

const MoveAxis = builder.enumType('MoveAxis', {
  description: 'An axis of the tensor of all moves.',
  values: {
    LAYER: { description: 'The block.' },
    HEAD: { description: 'The head in the block.' },
    TO: { description: 'The position that attends.' },
    FROM: { description: 'The position that is attended to.' },
  } satisfies Record<(typeof moveAxes)[number], object>,
});

const emptyTensor = { shape: [0], values: new Float32Array() };

interface TokenAttributionValue {
  readonly attribution: AttributionValue;
  readonly position: number;
  /** Of all tokens, with special ones or without. */
  readonly shares: (withoutSpecial: boolean) => readonly (number | null)[];
}

const TokenAttribution = builder.objectRef<TokenAttributionValue>('TokenAttribution').implement({
  description: 'What one token of the prompt contributes to the logit.',
  fields: (t) => ({
    token: t.field({
      type: Token,
      description: 'The token.',
      resolve: ({ attribution, position }) => promptToken(attribution, position),
    }),
    score: t.float({
      description:
        'Its share of the logit. With FROZEN all shares and the bias sum to the logit; with other methods see `audit`.',
      resolve: ({ attribution: { result }, position }) => result.tokens[position] as number,
    }),
    share: t.float({
      nullable: true,
      description:
        '`score` over the sum of all magnitudes, with its sign: the magnitudes of all shares sum to 1, whatever the method. Null where all scores are 0. Only for showing: `score`, `bias` and `audit` are those of all tokens.',
      args: {
        withoutSpecial: t.arg.boolean({
          required: true,
          defaultValue: false,
          description:
            'Leaves special tokens, such as the beginning of a sequence, out of the sum; their own share is null. Where the checkpoint is gone nobody knows which they are, and every share is null.',
        }),
      },
      resolve: ({ shares, position }, { withoutSpecial }) => shares(withoutSpecial)[position] ?? null,
    }),
    positionScore: t.float({
      nullable: true,
      description:
        'The part of `score` that its learned position embedding accounts for; null in models without one and for methods that do not tell it apart.',
      resolve: ({ attribution: { result }, position }) => result.positions?.[position] ?? null,
    }),
  }),
});

const AttributionOptions = builder
  .objectRef<MethodOptions & { readonly tokens: TokenReader }>('AttributionOptions')
  .implement({
    description: 'What a method was told.',
    fields: (t) => ({
      steps: t.int({
        nullable: true,
        description: 'How many points INTEGRATED_GRADIENTS averaged over.',
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

export const LogitAttribution = builder.objectRef<AttributionValue>('LogitAttribution').implement({
  description: 'Where a logit comes from.',
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
      resolve: ({ run }) => (run.question.kind === 'LOGIT_ATTRIBUTION' ? run.question.input.method : 'FROZEN'),
    }),
    options: t.field({
      type: AttributionOptions,
      nullable: true,
      description: 'What the method was told, with its defaults; null for a method that takes no options.',
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
      type: Contribution,
      description:
        'What the embeddings contribute: `direct` the one at the target position, straight to the logit; `total` all of them by every path, the sum of the tokens.',
      resolve: ({ result }) => result.embedding,
    }),
    audit: t.field({
      type: Audit,
      description: 'Does it add up?',
      resolve: ({ result }) => ({ ...result.audit, constant: result.bias + (result.intercept ?? 0) }),
    }),
    layers: t.field({
      type: [LayerAttribution],
      description:
        'What each block contributes, first to last. Empty with INTEGRATED_GRADIENTS, OCCLUSION and ATTENTION_ROLLOUT, which only know tokens.',
      resolve: (attribution) => (attribution.result.grains.layers ?? []).map((_, layer) => ({ attribution, layer })),
    }),
    residuals: t.field({
      type: Tensor,
      description:
        "[depth, position]: what the residual stream carries to the logit at each position, before every block and after the last. Its first row is the tokens' scores; each row, with the biases from there on, sums to the logit. Empty with methods that only know tokens.",
      complexity: { field: 10 },
      resolve: ({ result }) => result.grains.residuals ?? emptyTensor,
    }),
    moves: t.field({
      type: Tensor,
      description:
        'The exact tensor of what attention moves, [layer, head, to, from]: what each head contributes by moving information from one position to another. Any of its marginals: axes that are not kept are summed over. All of them agree: kept layers and heads alone, it is `HeadAttribution.total` (or `direct`). Empty with methods that only know tokens.',
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
      resolve: ({ result }, { keep, path }) => result.grains[movesGrain(path, keep)] ?? emptyTensor,
    }),
    paths: t.field({
      type: Paths,
      nullable: true,
      description:
        'The ways on which the embeddings reach the logit: straight, through one component, through two. Null with other methods than FROZEN.',
      args: {
        first: t.arg.int({
          required: true,
          defaultValue: 20,
          description: `How many of each order, at most ${longestList}.`,
        }),
        from: t.arg.int({
          description:
            'Only those that begin at the token at this position; negative counts from the end. Default: at any token.',
        }),
      },
      complexity: ({ first }) => ({ field: attributionComplexity, multiplier: Math.max(first, 1) }),
      resolve: ({ result, run }, { first, from }) => {
        const grain = pathsGrain(from);
        const { length } = run.question.input.inputIds;
        if (originOf(grain, length) === undefined) {
          throw new GraphQLError(
            `\`paths(from: ${from})\` is outside of the prompt; it has ${length} tokens: 0 to ${length - 1}, or −${length} to −1`,
            { extensions: { code: 'BAD_USER_INPUT' } },
          );
        }
        const paths = result.grains[grain];
        return paths ? { ...paths, first } : null;
      },
    }),
    edges: t.field({
      type: [AttentionEdge],
      description:
        'The moves of attention heads that matter most, by the magnitude of `score`, strongest first. Empty with methods that only know tokens.',
      args: {
        first: t.arg.int({ required: true, defaultValue: 20, description: `How many, at most ${longestList}.` }),
        threshold: t.arg.float({
          required: true,
          defaultValue: 0,
          description: 'Leaves out those whose score is smaller than this in magnitude.',
        }),
        path: t.arg({
          type: MovePath,
          required: true,
          defaultValue: 'TOTAL',
          description: 'By which way to the logit.',
        }),
      },
      complexity: listComplexity,
      resolve: (attribution, { first, threshold, path }) =>
        (attribution.result.grains[`edges.${path}`] ?? [])
          .slice(0, first)
          .filter(({ score }) => Math.abs(score) >= threshold)
          .map((edge) => ({ ...edge, attribution })),
    }),
    faithfulness: t.field({
      type: Faithfulness,
      description: 'Does it hold? Whether the model needs the tokens that score highest, and whether they suffice it.',
      complexity: { field: attributionComplexity * faithfulnessPasses },
      resolve: ({ result: { grains } }) => ({ faithfulness: grains.faithfulness, agreement: grains.agreement }),
    }),
    ablations: t.field({
      type: [Ablation],
      description:
        'Cause beside attribution: the heads and MLPs to which most is attributed, by the magnitude of `total`, strongest first, each with what is lost when it is ablated. Runs the model once for each. Empty with methods that only know tokens.',
      args: {
        first: t.arg.int({ required: true, defaultValue: 10, description: `How many, at most ${longestList}.` }),
        replacement: t.arg({
          type: AblationReplacement,
          required: true,
          defaultValue: 'ZERO',
          description: "What takes the place of a component's output.",
        }),
      },
      complexity: ({ first }) => ({
        field: attributionComplexity * Math.max(first, 1),
        multiplier: Math.max(first, 1),
      }),
      resolve: ({ result: { grains } }, { first, replacement }) =>
        (grains[`ablations.${replacement}`] ?? []).slice(0, first),
    }),
  }),
});

const LogitAttributionResult = builder.unionType('LogitAttributionResult', {
  description: 'The attribution, or what was wrong with the request.',
  types: [LogitAttribution, ...questionFailures],
  resolveType: typeOf('LogitAttribution'),
});

const LogitAttributions = builder
  .objectRef<{ readonly attributions: readonly AttributionValue[] }>('LogitAttributions')
  .implement({
    description: 'Where several logits of one prompt come from.',
    fields: (t) => ({
      attributions: t.field({
        type: [LogitAttribution],
        description: 'One for each target, in order; each is a run of its own.',
        // The query's own complexity counts the targets.
        complexity: { field: 0, multiplier: 1 },
        resolve: ({ attributions }) => [...attributions],
      }),
    }),
  });

const LogitAttributionsResult = builder.unionType('LogitAttributionsResult', {
  description: 'The attributions, or what was wrong with the request.',
  types: [LogitAttributions, ...questionFailures],
  resolveType: typeOf('LogitAttributions'),
});

/** The answers to a question for each of its targets, as far as they are selected. */
async function answersTo(
  input: typeof LogitAttributionsInput.$inferInput,
  { catalogue, runs }: Context,
  info: GraphQLResolveInfo,
): Promise<AttributionValue[]> {
  const selection = selectionOf(info);
  const model = await catalogue.get(input.model);
  const answers = await runs.attributions(await subjectOf(model), attributionQuestions(model, input), selection);
  const tokens = (id: number) => model.checkpoint.tokenizer.token(id);
  return answers.map((answer) => ({ ...answer, model, tokens }));
}

/** What the passes of a question cost. A token has about four characters: no prompt is split before it is affordable. */
function passesComplexity({
  method,
  options,
  prompt,
}: Omit<typeof LogitAttributionInput.$inferInput, 'target'>): number {
  const length = prompt.tokenIds?.length ?? (prompt.text?.length ?? 0) / 4;
  return attributionComplexity * Math.ceil(passesOf(method, options ?? {}, length));
}

builder.queryFields((t) => ({
  logitAttribution: t.field({
    type: LogitAttributionResult,
    description:
      'Explains a logit: what each token, layer, head, source position and neuron contributes to it. Stored; what is stored already is not computed again.',
    args: { input: t.arg({ type: LogitAttributionInput, required: true, description: 'Which logit to explain.' }) },
    complexity: ({ input }) => ({ field: passesComplexity(input) }),
    resolve: (_, { input: { target, ...input } }, context, info) =>
      orFailure(async () => {
        const [answer] = await answersTo({ ...input, targets: [target ?? { kind: 'LOGIT' }] }, context, info);
        return answer as AttributionValue;
      }),
  }),
  logitAttributions: t.field({
    type: LogitAttributionsResult,
    description:
      "Explains several logits of one prompt: the model's own pass is made once for all of them. Each is stored as a run of its own, as if it had been asked for alone.",
    args: { input: t.arg({ type: LogitAttributionsInput, required: true, description: 'Which logits to explain.' }) },
    complexity: ({ input }) => ({
      field: passesComplexity(input) * Math.max(input.targets.length, 1),
      multiplier: Math.max(input.targets.length, 1),
    }),
    resolve: (_, { input }, context, info) =>
      orFailure(async () => ({ attributions: await answersTo(input, context, info) })),
  }),
}));

function sharesOfTokens(attribution: AttributionValue): TokenAttributionValue['shares'] {
  const scores = attribution.result.tokens;
  const isLeftOut = (position: number) => attribution.model === null || promptToken(attribution, position).special;
  const made = new Map<boolean, readonly (number | null)[]>();
  return (withoutSpecial) => {
    const shares = made.get(withoutSpecial) ?? (withoutSpecial ? sharesOf(scores, isLeftOut) : sharesOf(scores));
    made.set(withoutSpecial, shares);
    return shares;
  };
}

function promptToken({ run, tokens }: AttributionValue, position: number): TokenValue {
  return { ...tokens(run.question.input.inputIds[position] ?? -1), position };
}
