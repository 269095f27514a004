/** Whether the model bears an order of tokens out: asked for by hand, for it takes many passes. */
import type { Signal } from '@preact/signals';
import { EstimateDocument, FaithfulnessDocument } from '../../../client/generated/graphql.ts';
import { duration, rounded } from '../../format/number.ts';
import { quoted } from '../../format/token.ts';
import { Answered } from '../../parts/detail.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Picture } from '../../parts/picture.tsx';
import type { Explanation } from '../../state/explanation.ts';
import { palette } from '../../state/theme.ts';
import type { Takeaway } from '../../takeaway/takeaway.ts';
import { methodOf } from './answer.ts';
import { faithfulnessCaption, faithfulnessScene, faithfulnessTable, type Tested } from './curves.ts';
import { methodName } from './wording.ts';

interface FaithfulnessProps {
  /** One, or two that are compared: about the same prompt and target. */
  readonly explanations: readonly Explanation[];
  readonly width: number;
}

/** Asks the model. Says beforehand what that takes. */
export function FaithfulnessToggle({
  explanations,
  on,
}: {
  readonly explanations: readonly Explanation[];
  readonly on: Signal<boolean>;
}) {
  const selection = { faithfulness: true, agreement: true };
  const estimates = explanations.map(
    (explanation) =>
      explanation.ask(EstimateDocument, { input: { logitAttribution: { input: explanation.question, selection } } })
        .value,
  );
  const seconds = estimates.reduce((sum, one) => sum + (one.status === 'ready' ? one.answer.runTime : Number.NaN), 0);
  const isTooMuch = estimates.some((one) => one.status === 'ready' && !one.answer.withinBudget);
  const cost = Number.isNaN(seconds)
    ? ''
    : ` (about ${duration(Number(seconds.toPrecision(1)))}${isTooMuch ? ', too much' : ''})`;
  return (
    <button
      type="button"
      aria-pressed={on.value}
      disabled={isTooMuch}
      title={`Does the model need the tokens that score highest, and do they suffice it? Many passes${cost}.`}
      onClick={() => (on.value = !on.value)}
    >
      Faithfulness{cost}
    </button>
  );
}

export function FaithfulnessPart({ explanations, width }: FaithfulnessProps) {
  const [first, second] = explanations;
  if (!first) return null;
  return (
    <Tests explanation={first}>
      {(one) =>
        second ? (
          <Tests explanation={second}>
            {(other) => <Curves tested={[one, other]} explanations={explanations} width={width} />}
          </Tests>
        ) : (
          <Curves tested={[one]} explanations={explanations} width={width} />
        )
      }
    </Tests>
  );
}

interface TestsProps {
  readonly explanation: Explanation;
  readonly children: (tested: Tested) => preact.ComponentChildren;
}

function Tests({ explanation, children }: TestsProps) {
  const name = methodName(methodOf(explanation.question));
  const detail = explanation.detail(FaithfulnessDocument, {});
  const target = explanation.attribution.completed.value?.target;
  return (
    <Answered detail={detail} what={`the faithfulness of ${name}’s order`}>
      {({ faithfulness }) => children({ name, faithfulness, target: target ? quoted(target.token) : 'the target' })}
    </Answered>
  );
}

function Curves({ tested, explanations, width }: FaithfulnessProps & { readonly tested: readonly Tested[] }) {
  const caption = faithfulnessCaption(tested);
  const agreement = tested.flatMap(({ name, faithfulness }) =>
    faithfulness.agreement === null ? [] : `${name} ${rounded(faithfulness.agreement)}`,
  );
  const takeaway: Takeaway = {
    name: 'faithfulness',
    picture: (colours) => faithfulnessScene(tested, 800, colours),
    tables: () => [faithfulnessTable(tested)],
    asked: () =>
      explanations.map(({ question }) => ({ document: FaithfulnessDocument, variables: { input: question } })),
  };
  return (
    <Panel name="faithfulness" title="Faithfulness" caption={caption} takeaway={takeaway}>
      <Picture scene={faithfulnessScene(tested, Math.min(width, 864), palette.value)} label={caption} />
      {agreement.length > 0 && (
        <p class="agreement">Rank correlation with OCCLUSION (1: the same order): {agreement.join(', ')}.</p>
      )}
    </Panel>
  );
}
