/** Two answers side by side: token under token where they read the same prompt, and how faithful each is. */
import { useSignal } from '@preact/signals';
import { ProblemNotice } from '../../parts/notice.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Prose } from '../../parts/prose.tsx';
import type { Explanation } from '../../state/explanation.ts';
import { close } from '../../state/workspace.ts';
import { comparisonCaption, isSameTarget, pairRows } from '../tokens/alignment.ts';
import { caption } from '../tokens/caption.ts';
import { FaithfulnessToggle, MeasureChoice, Toggle } from '../tokens/controls.tsx';
import { sharesFor } from '../tokens/figures.ts';
import { Bars, FaithfulnessPart } from '../tokens/later.ts';
import { Legend } from '../tokens/legend.tsx';
import { barsOpen } from '../tokens/measure.ts';
import { progress } from '../tokens/prediction.ts';
import { Readout } from '../tokens/readout.tsx';
import { Strip } from '../tokens/strip.tsx';
import { Sum } from '../tokens/sum.tsx';
import { Unanswered } from '../tokens/unanswered.tsx';
import { followIn, isAligned, type Side, sidesOf } from './side.ts';
import './comparison.css';

interface ComparisonProps {
  readonly first: Explanation;
  readonly second: Explanation;
  readonly width: number;
}

export function ComparisonView({ first, second, width }: ComparisonProps) {
  const tested = useSignal(false);
  const sides = sidesOf(first, second);
  const [one, other] = sides;
  const groups: readonly Side[][] = isAligned(sides) ? [[one, other]] : [[one], [other]];
  const said = groups.length === 1 && one.answer && other.answer;
  return (
    <Panel
      name="comparison"
      title="Tokens, side by side"
      caption={said && one.answer && comparisonCaption(one.answer, said, [one.name, other.name])}
      takeaway={
        one.answer &&
        other.answer && {
          name: 'tokens-side-by-side',
          of: (more) => more.comparisonTakeaway(groups),
        }
      }
      controls={
        <>
          <MeasureChoice hasSpecial={sides.some(({ tokens }) => tokens?.some(({ special }) => special))} />
          <Toggle on={barsOpen}>Bars</Toggle>
          {one.answer && other.answer && <FaithfulnessToggle explanations={[first, second]} on={tested} />}
        </>
      }
    >
      {groups.map((group) => (
        <Group key={group[0]?.name} sides={group} width={width} isTested={tested.value} />
      ))}
    </Panel>
  );
}

interface GroupProps {
  readonly sides: readonly Side[];
  readonly width: number;
  readonly isTested: boolean;
}

/** One answer, or both where they are about the same tokens. */
function Group({ sides, width, isTested }: GroupProps) {
  const [one, other] = sides;
  if (!one?.tokens) return one ? <Unfinished side={one} /> : null;
  const own = { label: one.name, figures: one.shown.figures };
  const rows = other ? pairRows(own, { label: other.name, figures: other.shown.figures }) : [own];
  const tracked = one.explanation.tracked.value;
  const follow = (position: number) => followIn(sides, position);
  const answers = sides.flatMap(({ answer }) => answer ?? []);
  const [answer, otherAnswer] = answers;
  const isOneTarget = answer && otherAnswer && isSameTarget(answer, otherAnswer);
  const tests = isOneTarget ? [sides] : sides.filter((side) => side.answer).map((side) => [side]);
  const sources = sides.flatMap(({ explanation, answer: known }) =>
    known ? { answer: known, shares: barsOpen.value ? sharesFor(explanation) : undefined } : [],
  );
  return (
    <>
      <Strip
        label={`Tokens, by ${sides.map(({ name }) => name).join(' and ')}`}
        tokens={one.tokens}
        rows={rows}
        prediction={one.prediction}
        width={width}
        tracked={tracked}
        follow={follow}
      />
      <Readout tokens={one.tokens} rows={rows} predicts={one.prediction.position} tracked={tracked} follow={follow} />
      <div class="sides">
        {sides.map((side) => (
          <SideSum key={side.name} side={side} figures={rows.find(({ label }) => label === side.name)?.figures} />
        ))}
      </div>
      {barsOpen.value && sources.length === sides.length && <Bars sources={sources} />}
      {(isTested ? tests : []).map((tested) => (
        <FaithfulnessPart
          key={tested[0]?.name}
          explanations={tested.map(({ explanation }) => explanation)}
          width={width}
        />
      ))}
    </>
  );
}

interface SideSumProps {
  readonly side: Side;
  readonly figures: Side['shown']['figures'];
}

/** What one of them says, what its scores sum to, and on which scale they are drawn. */
function SideSum({ side, figures }: SideSumProps) {
  const { name, answer, shown } = side;
  if (!answer) return <Unfinished side={side} />;
  return (
    <section class="side" aria-label={name}>
      <SideHeader side={side} />
      <p class="caption">
        <Prose text={caption(answer)} />
      </p>
      <Sum answer={answer} />
      {figures && <Legend figures={figures} />}
      {shown.problem && <ProblemNotice problem={shown.problem} {...(shown.again && { again: shown.again })} />}
    </section>
  );
}

function Unfinished({ side }: { readonly side: Side }) {
  return (
    <section class="side" aria-label={side.name}>
      <SideHeader side={side} />
      <Unanswered explanation={side.explanation}>{progress(side.told)}</Unanswered>
    </section>
  );
}

function SideHeader({ side: { name, explanation } }: { readonly side: Side }) {
  return (
    <header>
      <h3>{name}</h3>
      <button type="button" aria-label={`Close ${name}`} onClick={() => close(explanation)}>
        Close
      </button>
    </header>
  );
}
