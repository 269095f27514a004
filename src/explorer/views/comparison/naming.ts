/** What two explanations that stand side by side are called, so that they can be told apart. */
import { methodName, methodOf } from '../../format/method.ts';
import { targetWords } from '../../format/target.ts';
import { quoted } from '../../format/token.ts';
import type { Explanation } from '../../state/explanation.ts';

/** `Frozen`; where both have the same method its target too, where they have the same target their models. */
export function nameOf(one: Explanation, [first, second]: readonly [Explanation, Explanation]): string {
  return labelled(labelsOf(one), labelsOf(one === first ? second : first), one === first ? 'first' : 'second');
}

interface Labels {
  readonly method: string;
  readonly target: string;
  readonly model: string;
}

/** The first of method, target and model that tells it from the other, behind its method. */
export function labelled(own: Labels, other: Labels, order: string): string {
  if (own.method !== other.method) return own.method;
  if (own.target !== other.target) return `${own.method}: ${own.target}`;
  return `${own.method}: ${own.model === other.model ? order : own.model}`;
}

function labelsOf({ question, attribution }: Explanation): Labels {
  const { token } = question.target ?? {};
  const { target } = attribution.completed.value ?? {};
  return {
    method: methodName(methodOf(question)),
    target: target
      ? targetWords(target).name
      : token?.text
        ? quoted({ text: token.text, special: false })
        : 'its likeliest token',
    model: question.model,
  };
}
