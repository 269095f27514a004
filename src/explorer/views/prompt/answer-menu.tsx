/** How an answer is to be written: how long, how it is drawn, what ends it. */
import { signal } from '@preact/signals';
import { later } from '../../parts/later.tsx';
import { answerDraft } from '../../state/draft-answer.ts';
import { Popover } from './popover.tsx';

/** Also opened to show which of its options was refused. */
export const answerMenuOpened = signal(false);

const AnswerOptions = later((more) => more.AnswerOptions);

export function AnswerMenu() {
  const { maxTokens, sampled } = answerDraft;
  return (
    <span class="clause">
      answer in
      <Popover
        label="How it answers"
        opened={answerMenuOpened}
        summary={
          <>
            {maxTokens.value ?? 64} tokens<span class="quiet">, {sampled.value ? 'drawn' : 'the likeliest'}</span>
          </>
        }
      >
        {() => <AnswerOptions />}
      </Popover>
    </span>
  );
}
