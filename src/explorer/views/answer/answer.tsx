/** An answer as the model writes it: its text, what its tokens come from, and all of that at once. */
import { methodName } from '../../format/method.ts';
import { Choice } from '../../parts/choice.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Notice } from '../../parts/notice.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Sized } from '../../parts/sized.tsx';
import type { Answer } from '../../state/answer.ts';
import { caption as tokenCaption } from '../tokens/caption.ts';
import { attributedAt, Chosen } from './chosen.tsx';
import { direction, directions } from './direction.ts';
import { given, summed } from './figures.ts';
import { AnswerLegend } from './legend.tsx';
import { Matrix } from './matrix.tsx';
import { methodOfAnswer, type ShownAnswer, shownOf } from './shown.ts';
import { isGrowing, Outcome, Status } from './status.tsx';
import { AnswerText } from './text.tsx';
import { sharesCaption } from './traced.ts';
import { givenCaption, spanCaption, wholeCaption } from './words.ts';
import './answer.css';

export function AnswerView({ answer }: { readonly answer: Answer }) {
  const shown = shownOf(answer);
  const isExplained = answer.asked.explained;
  return (
    <div class="explanations">
      <Panel
        name="answer"
        title={isExplained ? `Answer, by ${methodName(methodOfAnswer(answer))}` : 'Answer'}
        caption={shown && captionOf(shown)}
        controls={
          shown && (
            <>
              {isExplained && <Choice label="What tokens are looked at for" values={directions} chosen={direction} />}
              <CopyButton text={() => textOfAnswer(answer)} disabled={shown.written.answer.length === 0}>
                Copy text
              </CopyButton>
            </>
          )
        }
      >
        <Status answer={answer} />
        <Outcome answer={answer} />
        {shown && (
          <>
            <Sized>{(width) => <AnswerText shown={shown} width={width} isGrowing={isGrowing(answer)} />}</Sized>
            <div class="under">
              {shown.figures ? <AnswerLegend figures={shown.figures} /> : <ProbabilityLegend />}
              <div class="chosen-token">
                <Chosen shown={shown} />
              </div>
            </div>
          </>
        )}
        {!shown && isGrowing(answer) && <Notice kind="waiting">The answer will be here token by token.</Notice>}
      </Panel>
      {shown && isExplained && shown.written.answer.length > 0 && (
        <Sized>{(width) => <Matrix answer={answer} shown={shown} width={width} />}</Sized>
      )}
    </div>
  );
}

function ProbabilityLegend() {
  return (
    <div class="scores-legend">
      <span>0 %</span>
      <span class="ramp likely" aria-hidden="true" />
      <span>100 % probability</span>
    </div>
  );
}

function captionOf(shown: ShownAnswer): string | undefined {
  const { written, text, focus, unit, tracing, figures } = shown;
  if (!focus) return wholeCaption(written, text);
  if (tracing?.status === 'ready') return sharesCaption(written, text, tracing.traced, focus, figures?.values);
  if (focus.direction === 'to') return givenCaption(written, text, focus, given(written, focus), unit);
  const [first, last] = [focus.first - written.prompt.length, focus.last - written.prompt.length];
  if (first === last) {
    const attributed = attributedAt(shown, first);
    return attributed ? tokenCaption(attributed) : wholeCaption(written, text);
  }
  const sum = summed(written, first, last);
  return sum ? spanCaption(text, text.slice(focus.first, focus.last + 1), sum, unit) : wholeCaption(written, text);
}

/** As far as it is there. */
function textOfAnswer({ completed, tokens }: Answer): string {
  return completed.value?.text ?? tokens.value.map(({ text }) => text).join('');
}
