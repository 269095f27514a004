/** Does a model's attribution add up, in every way that the frozen map promises? For one prompt. */
import { attribute } from '../../explain/attribution/attribute.ts';
import { sourcesGrain } from '../../explain/attribution/grains/moves-grain.ts';
import type { AttributionResult } from '../../explain/attribution/result.ts';
import { circulate } from '../../explain/circulation/circulate.ts';
import type { CirculationSummaryResult } from '../../explain/circulation/event.ts';
import { Decoding } from '../../inference/decoding.ts';
import { Gate } from '../../inference/gate.ts';
import type { LoadedModel } from '../../inference/loaded-model.ts';
import { at } from '../../inference/rows.ts';
import { readTarget } from '../../inference/target.ts';

export interface Identity {
  readonly name: string;
  /** The largest difference of two figures that should be the same, relative to the largest figure involved. */
  readonly gap: number;
  readonly passed: boolean;
}

/** float32 products, summed over all blocks by two ways. */
export const tolerance = 1e-4;

const selection = { layers: 1, [sourcesGrain]: 1 };

/** The target is the model's own top choice at the last position. */
export async function identitiesOf(
  model: LoadedModel,
  inputIds: readonly number[],
): Promise<{ result: AttributionResult; identities: Identity[] }> {
  const target = { position: inputIds.length - 1, token: null, against: null };
  const result = await attribute(model, { inputIds, target, method: 'FROZEN', selection }, new Gate());
  const track = tracked(result.tokens);
  const scores = await circulated(model, inputIds, track, result.target);
  const grown = await grownLogit(model, inputIds, result.target);
  const { audit, grains, embedding, tokens, bias } = result;
  const { layers = [], [sourcesGrain]: moves } = grains;
  const size = Math.max(
    ...[audit.logit, ...tokens, ...layers.flatMap(({ residual, bias }) => [residual, bias])].map(Math.abs),
  );
  const identity = (name: string, pairs: readonly (readonly [number, number])[]): Identity => {
    const gap = pairs.reduce((most, [a, b]) => largest(most, Math.abs(a - b)), 0) / Math.max(size, Number.MIN_VALUE);
    return { name, gap, passed: gap <= tolerance };
  };
  /** What no block accounts for: the final norm's and the unembedding's biases. */
  const above = bias - sum(layers.map((layer) => layer.bias));
  const squares = tokens.length ** 2;
  const identities = [
    identity('tokens + bias = logit', [[sum(tokens) + bias, audit.logit]]),
    identity(
      'residual stream + biases above = logit, before every block',
      layers.map(({ residual }, layer) => [
        residual + above + sum(layers.slice(layer).map((layer) => layer.bias)),
        audit.logit,
      ]),
    ),
    identity('direct contributions + bias = logit', [
      [
        embedding.direct + above + sum(layers.map(({ attention, mlp }) => attention.direct + (mlp?.direct ?? 0))),
        audit.logit,
      ],
    ]),
    identity(
      'heads + bias = attention',
      layers.flatMap(({ heads, attention, attentionBias }) => [
        [sum(heads.map(({ total }) => total)) + attentionBias.total, attention.total] as const,
        [sum(heads.map(({ direct }) => direct)) + attentionBias.direct, attention.direct] as const,
      ]),
    ),
    identity(
      'sources = head',
      layers.flatMap(({ heads }, layer) =>
        heads.map(({ total }, head) => {
          const start = (layer * heads.length + head) * squares;
          return [sum(moves?.values.subarray(start, start + squares) ?? []), total] as const;
        }),
      ),
    ),
    identity(
      'forward circulation = reverse attribution',
      track.map((position, index) => [scores[index]?.score ?? Number.NaN, at(tokens, position)]),
    ),
    identity('last token read behind the others = all at once', [[grown, audit.logit]]),
  ];
  return { result, identities };
}

/** The first and the last token and the two of the strongest scores: each of them is one more row in every block. */
function tracked(tokens: Float32Array): number[] {
  const strongest = [...tokens.keys()].sort((a, b) => Math.abs(at(tokens, b)) - Math.abs(at(tokens, a)));
  return [...new Set([0, tokens.length - 1, ...strongest.slice(0, 2)])].sort((a, b) => a - b);
}

async function circulated(
  model: LoadedModel,
  inputIds: readonly number[],
  track: readonly number[],
  { position, token }: AttributionResult['target'],
): Promise<readonly Pick<CirculationSummaryResult, 'score'>[]> {
  let scores: readonly Pick<CirculationSummaryResult, 'score'>[] = [];
  const target = { position, token, against: null };
  const request = { inputIds, track, target, layers: model.specification.layerCount, top: 0, figures: [] };
  await circulate(model, request, new Gate(), (step) => {
    if (step.type === 'COMPLETED') scores = step.tracked;
  });
  return scores;
}

/** The target's logit as an answer is written: the last token is read by itself, with keys and values of those before it. */
async function grownLogit(
  model: LoadedModel,
  inputIds: readonly number[],
  { token }: AttributionResult['target'],
): Promise<number> {
  const decoding = new Decoding(model, new Gate());
  if (inputIds.length > 1) await decoding.read(inputIds.slice(0, -1));
  const x = await decoding.read(inputIds.slice(-1));
  const { target } = await readTarget(model, x, { position: 0, token, against: null });
  return target.logit;
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** NaN is the largest of all. */
function largest(a: number, b: number): number {
  return Number.isNaN(a) || Number.isNaN(b) ? Number.NaN : Math.max(a, b);
}
