/** For tests: an answer of a model, its steps by their type. */
import type { GenerationRequest, GenerationStep } from '../../src/explain/generation/event.ts';
import { generate } from '../../src/explain/generation/generate.ts';
import { Gate } from '../../src/inference/gate.ts';
import type { LoadedModel } from '../../src/inference/loaded-model.ts';

export type StepOf<Type extends GenerationStep['type']> = Extract<GenerationStep, { type: Type }>;

/** A question with nothing asked for but the answer. */
export const plainly: Omit<GenerationRequest, 'inputIds'> = {
  maxTokens: 12,
  sampling: null,
  stopTokens: [],
  stopTexts: [],
  top: 3,
  attribution: null,
};

export class Generated {
  readonly steps: readonly GenerationStep[];

  constructor(steps: readonly GenerationStep[]) {
    this.steps = steps;
  }

  of<Type extends GenerationStep['type']>(type: Type): StepOf<Type>[] {
    return this.steps.filter((step): step is StepOf<Type> => step.type === type);
  }

  get answer(): number[] {
    return this.of('TOKEN').map(({ token }) => token);
  }
}

/** @param asked of everything else, `plainly` */
export async function generated(
  model: LoadedModel,
  asked: Pick<GenerationRequest, 'inputIds'> & Partial<GenerationRequest>,
  gate = new Gate(),
): Promise<Generated> {
  const steps: GenerationStep[] = [];
  await generate(model, { ...plainly, ...asked }, gate, async (step) => void steps.push(step));
  return new Generated(steps);
}
