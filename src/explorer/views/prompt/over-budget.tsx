/** A draft that the server would refuse for what it takes, and what would take less. */
import { useEffect, useMemo } from 'preact/hooks';
import { Notice } from '../../parts/notice.tsx';
import { chooseMethod, draft, draftQuestion, writeTokens } from '../../state/draft.ts';
import { draftEstimate, draftTokens, type Estimated, estimate } from '../../state/drafted.ts';
import { latest } from '../../state/latest.ts';
import { costOf } from './cost.ts';
import { type Change, type Lighter, lighterThan } from './lighter.ts';

interface Fitting {
  readonly lighter: Lighter;
  readonly estimate: Estimated;
}

/** @param words what it is over */
export function OverBudget({ words }: { readonly words: string }) {
  const asked = useMemo(
    () =>
      latest({
        question: () => {
          const { answer, pending } = draftEstimate.value;
          if (pending || !answer || 'code' in answer || answer.withinBudget) return undefined;
          return lighterThan(draftQuestion.peek(), draftTokens.peek().tokens, answer);
        },
        ask: fitting,
        delay: 0,
      }),
    [],
  );
  useEffect(() => asked.end, []);
  const { answer } = asked.state.value;
  return (
    <Notice kind="problem">
      <p>
        {words} {answer?.length === 0 && 'A shorter prompt or a smaller model would take less.'}
      </p>
      {answer && answer.length > 0 && (
        <p class="ways-out">
          Within it:
          {answer.map(({ lighter: { label, change }, estimate }) => (
            <button type="button" key={label} onClick={() => apply(change)}>
              {label} <span class="quiet">{costOf(estimate)}</span>
            </button>
          ))}
        </p>
      )}
    </Notice>
  );
}

/** Those that are within the budgets, by their own estimates. */
async function fitting(all: readonly Lighter[], signal: AbortSignal): Promise<readonly Fitting[]> {
  const estimated = await Promise.all(
    all.map(async (lighter) => ({ lighter, estimate: await estimate(lighter.question, signal) })),
  );
  return estimated.filter((one): one is Fitting => 'withinBudget' in one.estimate && one.estimate.withinBudget);
}

function apply(change: Change): void {
  if ('method' in change) chooseMethod(change.method);
  else if ('steps' in change) draft.steps.value = change.steps;
  else writeTokens(change.tokens);
}
