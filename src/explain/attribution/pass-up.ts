/** The model's own pass over prompts whose targets are then traced back, told block by block. */
import type { Block } from '../../architecture/specification.ts';
import { blocksFrom, embedEach, type ForwardPass, inputsOf, type Keep } from '../../inference/forward-pass.ts';
import type { Gate } from '../../inference/gate.ts';
import type { LoadedModel } from '../../inference/loaded-model.ts';
import type { Tensors } from '../../inference/tensor.ts';
import type { RuleSet } from '../../onnx/rules/registry.ts';
import type { BatchPrompt, TellInBatch } from './batch-request.ts';
import type { Asked } from './end.ts';
import { savedFor } from './grains/registry.ts';
import { savedForLedger } from './ledger/ledger.ts';
import { Rising } from './ledger/rising.ts';
import type { AttributionSelection } from './result.ts';

/**
 * The pass as far as the targets need it; keeps what the way back under these rules takes.
 * @param prompts of one length, each a row
 * @param asked of all targets of theirs
 * @param tell by the number of the prompt among them
 */
export async function passUp(
  model: LoadedModel,
  rules: RuleSet,
  prompts: readonly BatchPrompt[],
  { end, read }: Asked,
  selection: AttributionSelection,
  gate: Gate,
  tell: TellInBatch,
): Promise<ForwardPass> {
  const { blocks } = model.specification;
  const positions = model.positions(prompts[0]?.inputIds.length ?? 0, { from: 0, to: end }, read);
  const kept: Keep = async (layer) => [
    ...(await inputsOf(model, `reverse.${rules}`)(layer)),
    ...savedFor(selection, blocks[layer] as Block),
  ];
  const fetched: Keep = async (layer) => [...(await kept(layer)), ...savedForLedger(selection, blocks[layer] as Block)];
  const embedded = await embedEach(
    model,
    prompts.map(({ inputIds }) => inputIds.slice(0, end)),
  );
  const rising = await Rising.from(model, prompts, selection, gate, tell);
  const saved: Tensors[] = [];
  let last = embedded.x;
  for await (const { before, post } of blocksFrom(model, last, positions, gate, fetched)) {
    const layer = saved.length;
    await rising.passed(layer, before, post);
    const names = new Set(['x', ...(await kept(layer))]);
    saved.push(Object.fromEntries(Object.entries(before).filter(([name]) => names.has(name))));
    last = post;
  }
  return { ...embedded, saved, last, positions };
}
