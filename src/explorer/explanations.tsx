/**
 * What is explained: one prediction, or two side by side, their tokens together on top, then what is deeper; or a whole answer
 * that a model writes.
 */
import { useId } from 'preact/hooks';
import { later } from './parts/later.tsx';
import { Whose } from './parts/panel.tsx';
import { Sized } from './parts/sized.tsx';
import type { Explanation } from './state/explanation.ts';
import { answer, beside, explanation } from './state/workspace.ts';
import { Tabs } from './tabs.tsx';
import { Shown } from './takeaway/shown.ts';
import { nameOf } from './views/comparison/naming.ts';
import { FlowView } from './views/flow/flow.tsx';
import { ShownRun } from './views/run-list/shown-run.tsx';
import { TokensView } from './views/tokens/tokens.tsx';

const AnswerView = later((more) => more.AnswerView);
const ComparisonView = later((more) => more.ComparisonView);

export function Explanations() {
  const [first, second, written] = [explanation.value, beside.value, answer.value];
  if (written)
    return (
      <Shown.Provider value={[written]}>
        <AnswerView key={written} answer={written} />
      </Shown.Provider>
    );
  // Why it has no answer is told above.
  if (!first || (!second && isBlank(first))) return null;
  return (
    <div class={second ? 'explanations two' : 'explanations'}>
      <Sized>
        {(width) =>
          second ? (
            <Shown.Provider value={[first, second]}>
              <ComparisonView key={second} first={first} second={second} width={width} />
            </Shown.Provider>
          ) : (
            <Shown.Provider value={[first]}>
              <TokensView key={first} explanation={first} width={width} />
            </Shown.Provider>
          )
        }
      </Sized>
      <div class="depths">
        <Depth key={first} explanation={first} other={second} />
        {second && <Depth key={second} explanation={second} other={first} />}
      </div>
    </div>
  );
}

/** It ended before anything of it was known. */
function isBlank({ attribution: { problem, started } }: Explanation): boolean {
  return problem.value !== undefined && started.value === undefined;
}

interface DepthProps {
  readonly explanation: Explanation;
  /** The one that stands beside it. */
  readonly other: Explanation | undefined;
}

function Depth({ explanation, other }: DepthProps) {
  const id = useId();
  const name = other && nameOf(explanation, [explanation, other]);
  return (
    <Shown.Provider value={[explanation]}>
      <section class="depth" aria-label={name && `${name} in depth`}>
        {other && (
          <header class="whose">
            <h2 id={id}>{name}</h2>
          </header>
        )}
        <Whose.Provider value={other && id}>
          <ShownRun explanation={explanation} />
          {!isBlank(explanation) && (
            <>
              <Sized>{(width) => <FlowView explanation={explanation} width={width} />}</Sized>
              <Tabs explanation={explanation} />
            </>
          )}
        </Whose.Provider>
      </section>
    </Shown.Provider>
  );
}
