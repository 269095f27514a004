/** What the scores say about this prompt, in a sentence or two. */
import { targetWords } from '../../format/target.ts';
import type { Answer } from './answer.ts';
import { called, ofAttention, scored, sentence } from './wording.ts';

type Scored = Pick<Answer, 'tokens' | 'target' | 'method' | 'unit'>;

/**
 * `' Mary' speaks most for ' Mary' rather than ' John' (+17.4 logits); the second ' John' speaks against it (−21.3).`
 * Occlusion tells what is lost without a token; rollout says nothing of the target, and so says its caption.
 */
export function caption(answer: Scored): string {
  if (answer.method === 'ATTENTION_ROLLOUT') return rolloutCaption(answer);
  const { target, unit } = answer;
  const [most, least] = extremes(answer);
  if (!most || !least || (most.score === 0 && least.score === 0))
    return `No token speaks for or against ${targetWords(target).name}.`;
  const verbs = answer.method === 'OCCLUSION' ? occlusion : attribution;
  const linearised = target.linearised
    ? ' It is linearised at this prompt: scores tell what small changes would do.'
    : '';
  if (most.score <= 0)
    return `No token speaks for ${targetWords(target).name}; ${verbs.against(least.name, 'it')} most (${scored(least.score, unit)}).${linearised}`;
  const against =
    least.score < 0
      ? `; ${verbs.against(least.name, 'it')} (${scored(least.score, unit).replace(/ .*/, '')})`
      : '; none speaks against it';
  return `${sentence(verbs.for(most.name, targetWords(target).name))} (${scored(most.score, unit)})${against}.${linearised}`;
}

const attribution = {
  for: (name: string, what: string) => `${name} speaks most for ${what}`,
  against: (name: string, what: string) => `${name} speaks against ${what}`,
};

const occlusion = {
  for: (name: string, what: string) => `without ${name}, ${what} would lose most`,
  against: (name: string, what: string) => `without ${name}, ${what} would gain`,
};

function rolloutCaption({ tokens, target }: Scored): string {
  const [most] = extremes({ tokens, target });
  if (!most) return 'No attention is told.';
  return sentence(
    `most attention leads to ${most.name} (${scored(most.score, ofAttention)}), whatever the target: rollout says nothing about ${targetWords(target).name}.`,
  );
}

/** The token with the highest score and the one with the lowest, of those that are read. */
function extremes({ tokens, target }: Pick<Scored, 'tokens' | 'target'>) {
  const sorted = tokens
    .filter(({ token }) => token.position <= target.position)
    .sort((one, other) => other.score - one.score);
  const all = tokens.map(({ token }) => token);
  return [sorted[0], sorted.at(-1)].map(
    (found) => found && { score: found.score, name: called(all, found.token.position) },
  );
}
