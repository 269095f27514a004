/** How large what is told of a block is, known before anything is run. */
import type { Block, ModelSpecification } from '../../architecture/specification.ts';
import { type HookName, hooks } from '../../onnx/hooks.ts';
import type { ActivationsRequest } from './result.ts';

/** What a block has of these. */
export function hooksIn(block: Block, names: readonly HookName[]): HookName[] {
  return names.filter((name) => hooks[name].isIn?.(block) ?? true);
}

/** The key and value heads that query heads belong to, ascending. */
export function keyValueHeadsOf(
  { headCount, keyValueHeadCount }: Pick<ModelSpecification, 'headCount' | 'keyValueHeadCount'>,
  heads: readonly number[] | null,
): number[] {
  if (heads === null) return [...Array(keyValueHeadCount).keys()];
  return [...new Set(heads.map((head) => Math.floor((head * keyValueHeadCount) / headCount)))];
}

/** @param neurons of the block's MLP @returns its size; of what the block does not have undefined */
export function shapeOf(
  name: HookName,
  model: ModelSpecification,
  layer: number,
  neurons: number,
  { inputIds, heads, positions }: Pick<ActivationsRequest, 'inputIds' | 'heads' | 'positions'>,
): number[] | undefined {
  const { axes, isIn } = hooks[name];
  if (isIn && !isIn(model.blocks[layer] as Block)) return undefined;
  const count = positions.length;
  const queryHeads = heads?.length ?? model.headCount;
  const shapes = {
    STREAM: () => [count, model.width],
    SCALE: () => [count],
    NEURONS: () => [count, neurons],
    HEADS: () => [queryHeads, count, model.headWidth],
    KEY_VALUE_HEADS: () => [keyValueHeadsOf(model, heads).length, count, model.headWidth],
    PAIRS: () => [queryHeads, count, inputIds.length],
  };
  return shapes[axes]();
}

/** Numbers of one quantity in all chosen blocks together. @param neurons of each block of the model */
export function numbersOf(
  name: HookName,
  model: ModelSpecification,
  neurons: readonly number[],
  request: Omit<ActivationsRequest, 'names'>,
): number {
  return request.layers.reduce((sum, layer) => {
    const shape = shapeOf(name, model, layer, neurons[layer] ?? 0, request);
    return sum + (shape?.reduce((product, size) => product * size, 1) ?? 0);
  }, 0);
}
