/** The logit lens: what the model would say if it ended at some depth. nostalgebraist 2020, *interpreting GPT: the logit lens*. */
import type { Gate } from '../../inference/gate.ts';
import type { LoadedModel } from '../../inference/loaded-model.ts';
import { at } from '../../inference/rows.ts';
import type { LensTokenResult } from '../../inference/target.ts';
import { floats, floatsOf, integersOf, type Tensors } from '../../inference/tensor.ts';
import type { HookName } from '../../onnx/hooks.ts';
import { lensGraph } from '../../onnx/lens-graph.ts';
import { fewRows, rowsTogether } from '../activations/end.ts';
import { type Watched, watchedPass } from '../activations/watched-pass.ts';
import type { LayerLens, LensReading, LensRequest, LensResult } from './result.ts';

/** Where the pass is looked into. */
export function lensWatched({ layers, embedding, afterAttention, afterBlock, ...rest }: LensRequest): Watched {
  const chosen = new Set(layers);
  const asked: HookName[] = [
    ...(afterAttention ? (['residualBetween'] as const) : []),
    ...(afterBlock ? (['residualAfter'] as const) : []),
  ];
  const names = (layer: number): HookName[] => [
    ...(embedding && layer === 0 ? (['residualBefore'] as const) : []),
    ...(chosen.has(layer) ? asked : []),
  ];
  return { ...rest, heads: null, names, last: asked.length > 0 ? (layers.at(-1) ?? 0) : 0 };
}

/** How many depths are read, at the most. */
export function depthsOf({ layers, embedding, afterAttention, afterBlock }: LensRequest): number {
  return (embedding ? 1 : 0) + layers.length * ((afterAttention ? 1 : 0) + (afterBlock ? 1 : 0));
}

interface Depth {
  readonly layer: number;
  readonly name: HookName;
  /** The stream at the chosen positions, [position, width] */
  readonly values: Float32Array;
}

/**
 * One pass up to the last depth and position; its rows go to the unembedding together, as many as may.
 * @throws TributaryError CANCELLED between two blocks
 */
export async function lens(model: LoadedModel, request: LensRequest, gate: Gate): Promise<LensResult> {
  const depths: Depth[] = [];
  for await (const { layer, tensors } of watchedPass(model, lensWatched(request), gate))
    for (const [name, { values }] of Object.entries(tensors)) depths.push({ layer, name: name as HookName, values });
  const readings = await read(model, request, depths, gate);
  const count = request.positions.length;
  const of = (layer: number, name: HookName) => {
    const index = depths.findIndex((depth) => depth.layer === layer && depth.name === name);
    return index === -1 ? null : readings.slice(index * count, (index + 1) * count);
  };
  const embedding = request.embedding && of(0, 'residualBefore');
  return {
    ...(embedding && { embedding }),
    layers: request.layers.map((layer): LayerLens => {
      const after = request.afterBlock && of(layer, 'residualAfter');
      return {
        layer,
        ...(request.afterAttention && { afterAttention: of(layer, 'residualBetween') }),
        ...(after && { afterBlock: after }),
      };
    }),
  };
}

/** @returns of every depth each position */
async function read(
  model: LoadedModel,
  { top, tokens, entropy }: LensRequest,
  depths: readonly Depth[],
  gate: Gate,
): Promise<LensReading[]> {
  const { width, vocabularySize } = model.specification;
  const rows = joined(depths);
  const count = rows.length / width;
  if (count === 0) return [];
  const together = Math.min(count, rowsTogether(vocabularySize));
  const options = { top: Math.min(top, vocabularySize), tokens, entropy, few: together <= fewRows };
  return model.using(
    (files) => lensGraph(model.specification, files, options),
    'its unembedding',
    async (runGraph) => {
      const readings: LensReading[] = [];
      for (let from = 0; from < count; from += together) {
        gate.throwIfCancelled();
        const part = rows.subarray(from * width, Math.min(count, from + together) * width);
        readings.push(...readingsOf(await runGraph({ x: floats(part, part.length / width, width) }), tokens));
      }
      return readings;
    },
  );
}

function joined(depths: readonly Depth[]): Float32Array {
  const size = depths[0]?.values.length ?? 0;
  const rows = new Float32Array(depths.length * size);
  for (const [index, { values }] of depths.entries()) rows.set(values, index * size);
  return rows;
}

function readingsOf(out: Tensors, tokens: readonly number[]): LensReading[] {
  const totals = floatsOf(out, 'log_sum_exp');
  const topTokens = out.top_tokens ? integersOf(out, 'top_tokens') : [];
  const top = topTokens.length / totals.length;
  return Array.from(totals, (total, row): LensReading => {
    const reading = (token: number, logit: number, rank: number): LensTokenResult => ({
      token,
      logit,
      probability: Math.exp(logit - total),
      rank,
    });
    const of = (name: string, width: number, index: number) => at(floatsOf(out, name), row * width + index);
    return {
      top: topTokens
        .slice(row * top, (row + 1) * top)
        .map((token, index) => reading(token, of('top_logits', top, index), index + 1)),
      tokens: tokens.map((token, index) =>
        reading(token, of('token_logits', tokens.length, index), of('ranks', tokens.length, index)),
      ),
      ...(out.entropy && { entropy: of('entropy', 1, 0) }),
    };
  });
}
