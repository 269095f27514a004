import type { LoadedModel } from '../../inference/loaded-model.ts';
import { answerText } from './answer-text.ts';
import type { GenerationRequest, StopReason } from './event.ts';

/** Says of an answer so far whether it ends here, and why. */
export type Stop = (answer: readonly number[]) => StopReason | undefined;

/** @throws TributaryError CHECKPOINT where a text is to be looked for and the tokenizer cannot be read */
export async function stopOf(
  model: Pick<LoadedModel, 'tokenizer'>,
  {
    inputIds,
    maxTokens,
    stopTokens,
    stopTexts,
  }: Pick<GenerationRequest, 'inputIds' | 'maxTokens' | 'stopTokens' | 'stopTexts'>,
): Promise<Stop> {
  const tokenizer = stopTexts.length > 0 ? await model.tokenizer() : undefined;
  const decode = (ids: readonly number[]) => tokenizer?.decode(ids) ?? '';
  const ending = new Set(stopTokens);
  return (answer) => {
    const last = answer.at(-1);
    if (last !== undefined && ending.has(last)) return 'STOP_TOKEN';
    // A text may begin in any token before the last one.
    const text = tokenizer ? answerText(decode, inputIds, answer) : '';
    if (stopTexts.some((stop) => text.includes(stop))) return 'STOP_TEXT';
    return answer.length >= maxTokens ? 'LENGTH' : undefined;
  };
}
