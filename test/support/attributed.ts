/** For tests: every target of a reference, as it is attributed with all non-linear parts held. */
import { attribute } from '../../src/explain/attribution/attribute.ts';
import type { AttributionResult, AttributionSelection } from '../../src/explain/attribution/result.ts';
import { Gate } from '../../src/inference/gate.ts';
import type { LoadedModel } from '../../src/inference/loaded-model.ts';
import type { Reference, ReferencePrompt } from '../reference/reference.ts';

/** @param target its index in the prompt's */
export type TargetCheck = (prompt: ReferencePrompt, target: number, result: AttributionResult) => void | Promise<void>;

export async function forEachAttributed(
  reference: Reference,
  model: LoadedModel,
  selection: AttributionSelection,
  check: TargetCheck,
): Promise<void> {
  for (const prompt of reference.prompts) {
    for (const [index, { position, token, against }] of prompt.targets.entries()) {
      const target = { position, token, against };
      const request = { inputIds: prompt.ids, target, method: 'FROZEN' as const, selection };
      await check(prompt, index, await attribute(model, request, new Gate()));
    }
  }
}
