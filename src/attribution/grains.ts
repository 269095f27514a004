/** The grains finer than a head, each read only when it was asked for: source positions, edges, neurons. */
import type { Block } from '../architecture/specification.ts';
import type { LoadedModel } from '../model/loaded-model.ts';
import { floatsOf, integers, integersOf, type Tensor, type Tensors } from '../model/tensor.ts';
import type { AttributionResult, AttributionSelection, EdgeResult, NeuronResult } from './result.ts';

export interface Grains {
  /** Outputs of the block's reverse graph that the grains are read from. */
  needs(block: Block): string[];
  /** Outputs of the forward graph that they are read from. */
  readonly saved: readonly string[];
  /** Reads the selected grains of one block. @param position the target's */
  read(layer: number, saved: Tensors, reversed: Tensors, position: number): Promise<void>;
  result(): Pick<AttributionResult, 'sources' | 'neurons' | 'edges'>;
}

export function readGrains(model: LoadedModel, selection: AttributionSelection): Grains {
  const { blocks } = model.specification;
  const sources: Float32Array[] = [];
  const neurons: NeuronResult[][] = [];
  const edges: EdgeResult[] = [];
  return {
    saved: [
      ...(selection.sources || selection.edges > 0 ? ['pattern', 'value'] : []),
      ...(selection.neurons > 0 ? ['mlp_pre', 'mlp_gate'] : []),
    ],
    needs: ({ mlp }) => [
      ...(selection.sources || selection.edges > 0 ? ['grad_z'] : []),
      ...(mlp && selection.neurons > 0 ? ['grad_act', 'direct_act'] : []),
    ],
    async read(layer, saved, reversed, position) {
      if (selection.sources)
        sources.unshift(floatsOf(await model.run('sources', { ...saved, ...reversed }), 'sources'));
      if (selection.edges > 0)
        edges.push(...(await readEdges(model, layer, { ...saved, ...reversed }, selection.edges)));
      if (selection.neurons === 0) return;
      const hasMlp = blocks[layer]?.mlp !== undefined;
      neurons.unshift(
        hasMlp ? await readNeurons(model, layer, { ...saved, ...reversed }, selection.neurons, position) : [],
      );
    },
    result: () => ({ sources, neurons, edges: edges.sort(byMagnitude).slice(0, selection.edges) }),
  };
}

async function readEdges(model: LoadedModel, layer: number, tensors: Tensors, count: number): Promise<EdgeResult[]> {
  const [, heads = 0, length = 0] = (tensors.pattern as Tensor).dims;
  const top = integers([Math.min(count, heads * length * length)]);
  const out = await model.run('strongestEdges', { ...tensors, top });
  const scores = floatsOf(out, 'scores');
  const weights = floatsOf(out, 'weights');
  return integersOf(out, 'indices')
    .map((index, rank) => ({
      layer,
      head: Math.floor(index / (length * length)),
      to: Math.floor(index / length) % length,
      from: index % length,
      weight: weights[rank] as number,
      score: scores[rank] as number,
    }))
    .filter(({ from, to }) => from <= to);
}

async function readNeurons(
  model: LoadedModel,
  layer: number,
  tensors: Tensors,
  count: number,
  target: number,
): Promise<NeuronResult[]> {
  const [, length = 0, width = 0] = (tensors.mlp_pre as Tensor).dims;
  const out = await model.runBlock('strongestNeurons', layer, {
    ...tensors,
    top: integers([Math.min(count, length * width)]),
  });
  const activations = floatsOf(out, 'activations');
  const directs = floatsOf(out, 'directs');
  const scores = floatsOf(out, 'scores');
  return integersOf(out, 'indices').map((index, rank) => {
    const position = Math.floor(index / width);
    return {
      neuron: index % width,
      position,
      activation: activations[rank] as number,
      // Only what stands at the target's position is written straight to its logit.
      direct: position === target ? (directs[rank] as number) : 0,
      total: scores[rank] as number,
    };
  });
}

function byMagnitude(a: EdgeResult, b: EdgeResult): number {
  return (
    Math.abs(b.score) - Math.abs(a.score) || a.layer - b.layer || a.head - b.head || a.to - b.to || a.from - b.from
  );
}
