import type { LoadedModel } from '../../inference/loaded-model.ts';
import { AnswerText } from './answer-text.ts';
import type { GenerationRequest, StopReason } from './event.ts';

/** Says of an answer, asked again whenever it has grown, whether it ends here, and why. */
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
  const text = tokenizer && new AnswerText((ids) => tokenizer.spell(ids), inputIds);
  const ending = new Set(stopTokens);
  let read = 0;
  return (answer) => {
    for (; text && read < answer.length; read++) text.add(answer[read] as number);
    const last = answer.at(-1);
    if (last !== undefined && ending.has(last)) return 'STOP_TOKEN';
    // A text may begin in any token before the last one.
    if (text && stopTexts.some((stop) => text.text.includes(stop))) return 'STOP_TEXT';
    return answer.length >= maxTokens ? 'LENGTH' : undefined;
  };
}
