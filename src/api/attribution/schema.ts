/** Logit attributions in GraphQL. */
import { GraphQLError, type GraphQLResolveInfo } from 'graphql';
import { movesGrain } from '../../explain/attribution/grains/moves-grain.ts';
import { passesOf } from '../../explain/attribution/options.ts';
import { originOf, pathsGrain } from '../../explain/attribution/paths-grain.ts';
import type { MethodOptions } from '../../explain/attribution/result.ts';
import { builder, type Context, listComplexity } from '../builder.ts';
import { orFailure, questionFailures, typeOf } from '../failures.ts';
import { Model } from '../models/schema.ts';
import { Token, type TokenReader } from '../models/token.ts';
import { Run } from '../runs/run-type.ts';
import { subjectOf } from '../runs/subject.ts';
import { Tensor } from '../scalars.ts';
import { Ablation, AblationReplacement } from './ablation-type.ts';
import type { AttributionValue } from './attribution-value.ts';
import { Contribution } from './contribution-type.ts';
import { Faithfulness } from './faithfulness-type.ts';
import { LayerAttribution } from './layer-type.ts';
import { AttentionEdge, MoveAxis, MovePath } from './moves-type.ts';
import { Paths } from './paths-type.ts';
import { AttributionMethod, attributionQuestions, LogitAttributionInput, LogitAttributionsInput } from './request.ts';
import { longestList, selectionOf } from './selection.ts';
import { Audit, Target } from './target-type.ts';
import { sharesOfTokens, TokenAttribution } from './token-attribution-type.ts';

/** What an attribution by one pass costs beside what is selected of it. */
export const attributionComplexity = 100;
/** Passes of `faithfulness`, and about as many as `agreement` takes. */
const faithfulnessPasses = 70;

const emptyTensor = { shape: [0], values: new Float32Array() };

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
  { catalogue, runs, signal }: Context,
  info: GraphQLResolveInfo,
): Promise<AttributionValue[]> {
  const selection = selectionOf(info);
  const model = await catalogue.get(input.model);
  const questions = attributionQuestions(model, input);
  const answers = await runs.attributions(await subjectOf(model), questions, selection, { signal });
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
      "Explains several logits of one prompt: the model's own pass is made once for all of them. Each is stored as a run of its own, as if it had been asked for alone: its figures are those to the rounding of float32, of which the last bits may depend on what is computed together.",
    args: { input: t.arg({ type: LogitAttributionsInput, required: true, description: 'Which logits to explain.' }) },
    complexity: ({ input }) => ({
      field: passesComplexity(input) * Math.max(input.targets.length, 1),
      multiplier: Math.max(input.targets.length, 1),
    }),
    resolve: (_, { input }, context, info) =>
      orFailure(async () => ({ attributions: await answersTo(input, context, info) })),
  }),
}));
