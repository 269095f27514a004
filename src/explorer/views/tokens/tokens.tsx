/** The prompt's tokens: which speak for the target, which against it, and whether that adds up. */

import { useSignal } from '@preact/signals';
import { methodName, methodOf, methods } from '../../format/method.ts';
import { ProblemNotice } from '../../parts/notice.tsx';
import { Panel } from '../../parts/panel.tsx';
import type { ViewProps } from '../view.ts';
import { answerOf } from './answer.ts';
import { caption } from './caption.ts';
import { FaithfulnessToggle, MeasureChoice, Toggle } from './controls.tsx';
import { figuresOf, sharesFor } from './figures.ts';
import { follow } from './following.ts';
import { Bars, FaithfulnessPart } from './later.ts';
import { Legend } from './legend.tsx';
import { barsOpen, measure, type StripRow } from './measure.ts';
import { predictionOf, progress } from './prediction.ts';
import { Readout } from './readout.tsx';
import { Strip } from './strip.tsx';
import { Sum } from './sum.tsx';
import { tokensOf, toldOf } from './told.ts';
import { Unanswered } from './unanswered.tsx';
import './tokens.css';

export function TokensView({ explanation, width }: ViewProps) {
  const tested = useSignal(false);
  const told = toldOf(explanation);
  const tokens = tokensOf(told);
  const answer = told.completed && answerOf(explanation.question, told.completed);
  if (!tokens)
    return (
      <Panel name="tokens" title="Tokens">
        <Unanswered explanation={explanation} />
      </Panel>
    );
  const shown = answer && figuresOf(explanation, answer, measure.value);
  const prediction = predictionOf(told);
  const row: StripRow = { label: methodName(methodOf(explanation.question)), figures: shown?.figures };
  const tracked = explanation.tracked.value;
  const toggle = (position: number) => follow(explanation, position, prediction.position);
  return (
    <Panel
      name="tokens"
      title={`Tokens, by ${row.label}`}
      hint={methods[methodOf(explanation.question)].what}
      caption={answer ? caption(answer) : undefined}
      takeaway={
        answer && {
          name: 'tokens',
          of: (more) => more.tokensTakeaway(explanation, answer, row),
        }
      }
      controls={
        answer && (
          <>
            <MeasureChoice hasSpecial={tokens.some(({ special }) => special)} />
            <Toggle on={barsOpen}>Bars</Toggle>
            <FaithfulnessToggle explanations={[explanation]} on={tested} />
          </>
        )
      }
    >
      <Strip
        label={`Tokens, by ${row.label}`}
        tokens={tokens}
        rows={[row]}
        prediction={prediction}
        width={width}
        tracked={tracked}
        follow={toggle}
      />
      {!answer && <Unanswered explanation={explanation}>{progress(told)}</Unanswered>}
      {shown?.problem && <ProblemNotice problem={shown.problem} {...(shown.again && { again: shown.again })} />}
      {answer && (
        <>
          <div class="under">
            <Sum answer={answer} />
            {shown?.figures && <Legend figures={shown.figures} />}
          </div>
          <Readout
            tokens={tokens}
            rows={[row]}
            positionScores={answer.tokens.map(({ positionScore }) => positionScore)}
            unit={answer.unit}
            predicts={prediction.position}
            tracked={tracked}
            follow={toggle}
          />
          {barsOpen.value && <Bars sources={[{ answer, shares: sharesFor(explanation) }]} />}
          {tested.value && <FaithfulnessPart explanations={[explanation]} width={width} />}
        </>
      )}
    </Panel>
  );
}
