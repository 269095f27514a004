/** What the scores sum to, and whether that is what is explained. */
import { methodName } from '../../format/method.ts';
import { exact } from '../../format/number.ts';
import type { Answer } from './answer.ts';
import { partsOf, sumLine, verdict } from './audit.ts';

interface SumProps {
  readonly answer: Answer;
  /** Says whose sum it is. */
  readonly named?: boolean;
}

const marks = { passed: '✓', failed: '✗', inexact: '≈' } as const;

export function Sum({ answer, named = false }: SumProps) {
  const { state, sentence, meaning } = verdict(answer);
  const parts = partsOf(answer).map(({ name, value }) => `${name} ${exact(value)}`);
  const title = `${parts.join('\n')}\nsum ${exact(answer.audit.sum)}\nexplained ${exact(answer.audit.logit)}\ngap ${exact(answer.audit.gap)}`;
  return (
    <div class="sum">
      <span class="terms" title={title}>
        {named && <b>{methodName(answer.method)} </b>}
        {sumLine(answer)}
      </span>
      <p class={`audit ${state}`} role={state === 'failed' ? 'alert' : undefined} data-audit={state}>
        <b aria-hidden="true">{marks[state]}</b> {sentence} {meaning}
      </p>
    </div>
  );
}
