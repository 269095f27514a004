/** The prompt's tokens: which speak for the target, which against it, and whether that adds up. */
import { useSignal } from '@preact/signals';
import { LogitAttributionDocument, TokenSharesDocument } from '../../../client/generated/graphql.ts';
import { targetWords } from '../../format/target.ts';
import { later } from '../../parts/later.tsx';
import { ProblemNotice } from '../../parts/notice.tsx';
import { Panel } from '../../parts/panel.tsx';
import type { Explanation } from '../../state/explanation.ts';
import type { Takeaway } from '../../takeaway/takeaway.ts';
import type { ViewProps } from '../view.ts';
import { type Answer, answerOf, methodOf } from './answer.ts';
import { caption } from './caption.ts';
import { FaithfulnessToggle, MeasureChoice, Toggle } from './controls.tsx';
import { figuresOf, sharesFor } from './figures.ts';
import { follow } from './following.ts';
import { Legend } from './legend.tsx';
import { barsOpen, measure, type StripRow } from './measure.ts';
import { tokensPicture } from './picture.ts';
import { predictionOf, progress } from './prediction.ts';
import { Readout } from './readout.tsx';
import { tokenRows, tokenTable } from './rows.ts';
import { Strip } from './strip.tsx';
import { Sum } from './sum.tsx';
import { tokensOf, toldOf } from './told.ts';
import { Unanswered } from './unanswered.tsx';
import { methodName } from './wording.ts';
import './tokens.css';

const Bars = later(async () => (await import('./bars.tsx')).Bars);
const FaithfulnessPart = later(async () => (await import('./faithfulness.tsx')).FaithfulnessPart);

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
  const rows = answer && [{ answer, shares: barsOpen.value ? sharesFor(explanation) : undefined }];
  return (
    <Panel
      name="tokens"
      title={`Tokens, by ${row.label}`}
      caption={answer ? caption(answer) : undefined}
      takeaway={answer && taken(explanation, answer, row)}
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
          {barsOpen.value && rows && <Bars rows={tokenRows(rows)} units={[answer.unit]} />}
          {tested.value && <FaithfulnessPart explanations={[explanation]} width={width} />}
        </>
      )}
    </Panel>
  );
}

function taken(explanation: Explanation, answer: Answer, row: StripRow): Takeaway {
  const tokens = answer.tokens.map(({ token }) => token);
  return {
    name: 'tokens',
    picture: (palette) =>
      tokensPicture(
        {
          title: `Which tokens speak for ${targetWords(answer.target).name}, by ${row.label}`,
          tokens,
          rows: [row],
          prediction: predictionOf(toldOf(explanation)),
          answers: [answer],
          tracked: explanation.tracked.value,
        },
        palette,
      ),
    tables: () => [tokenTable(tokenRows([{ answer, shares: sharesFor(explanation) }]), [answer.unit])],
    asked: () => [
      { document: LogitAttributionDocument, variables: { input: explanation.question } },
      { document: TokenSharesDocument, variables: { input: explanation.question } },
    ],
  };
}
