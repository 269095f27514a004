/** One block, forward, for what is told of it: its hooks, of chosen heads and positions, and nothing beside. */
import type { Block, ModelSpecification } from '../architecture/specification.ts';
import { forwardBlock } from './forward.ts';
import { type Axes, type HookName, hooks } from './hooks.ts';
import { pastInputs, positionInputs, readInputs } from './inputs.ts';
import { Graph, type GraphBytes, type Value, type WeightFiles } from './writer.ts';

export interface ActivationsGraph {
  readonly layer: number;
  /** Those that the block has. */
  readonly names: readonly HookName[];
  /** Whether later blocks, or the stream after this one, are wanted: output `post`. */
  readonly post: boolean;
  /** Whether the prompt goes through in slices: inputs `past_key` and `past_value`, outputs `key` and `value`. */
  readonly sliced: boolean;
  /** Whether the MLP is computed at read positions alone. */
  readonly last: boolean;
  /** Whether all heads are wanted. */
  readonly allHeads: boolean;
}

/**
 * Inputs `x` [batch, position, width], `at` [chosen], places among its positions, and without `allHeads` `heads` and
 * `key_value_heads`; those of `positionInputs`. Outputs: each of the hooks by its name, at the chosen places; `post`, `key` and
 * `value` as of the forward graph. What none of them needs is not in the graph: an MLP, where only attention is looked at.
 */
export function activationsGraph(
  model: ModelSpecification,
  files: WeightFiles,
  { layer, names, post, sliced, last, allHeads }: ActivationsGraph,
): GraphBytes {
  const g = new Graph(`activations.${layer}`, files);
  const block = model.blocks[layer] as Block;
  const x = g.input('x', 'F32', ['batch', 'position', model.width]);
  const positions = positionInputs(g, block);
  const variant = {
    continuation: sliced ? pastInputs(g, model) : undefined,
    at: last && block.mlp ? readInputs(g) : undefined,
  };
  const trace = forwardBlock(g, model, block, x, positions, variant);
  const at = g.input('at', 'INT64', ['chosen']);
  const of = allHeads ? undefined : headInputs(g);
  for (const name of names) {
    const { axes, of: read } = hooks[name];
    const value = read?.(trace, g, positions);
    if (value) g.output(name, chosen(g, value, axes, at, of));
  }
  if (post) g.output('post', trace.post);
  if (sliced) {
    g.output('key', trace.attention.trace.key);
    g.output('value', trace.attention.trace.value);
  }
  return g.toBytes();
}

type Heads = Readonly<Record<'HEADS' | 'KEY_VALUE_HEADS', Value>>;

function headInputs(g: Graph): Heads {
  return {
    HEADS: g.input('heads', 'INT64', ['chosen_heads']),
    KEY_VALUE_HEADS: g.input('key_value_heads', 'INT64', ['chosen_key_value_heads']),
  };
}

function chosen(g: Graph, value: Value, axes: Axes, at: Value, of: Heads | undefined): Value {
  const gather = (from: Value, index: Value, axis: number) => g.op('Gather', [from, index], { axis });
  if (axes === 'STREAM' || axes === 'NEURONS' || axes === 'SCALE') return gather(value, at, 1);
  return gather(of ? gather(value, of[axes === 'PAIRS' ? 'HEADS' : axes], 1) : value, at, 2);
}
