/** Whether the model bears an order of tokens out: asked for by hand, for it takes many passes. */

import { FaithfulnessDocument } from '../../../client/generated/graphql.ts';
import { methodName, methodOf } from '../../format/method.ts';
import { rounded } from '../../format/number.ts';
import { quoted } from '../../format/token.ts';
import { Answered } from '../../parts/detail.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Picture } from '../../parts/picture.tsx';
import type { Explanation } from '../../state/explanation.ts';
import { palette } from '../../state/theme.ts';
import type { Takeaway } from '../../takeaway/takeaway.ts';
import { faithfulnessCaption, faithfulnessScene, faithfulnessTable, type Tested } from './curves.ts';

interface FaithfulnessProps {
  /** One, or two that are compared: about the same prompt and target. */
  readonly explanations: readonly Explanation[];
  readonly width: number;
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
    picture: (colours) =>
      faithfulnessScene(tested, 860, colours, {
        title: `How faithful: ${tested.map(({ name }) => name).join(' and ')}, for ${tested[0]?.target}`,
        margin: 16,
      }),
    tables: () => [faithfulnessTable(tested)],
    asked: () =>
      explanations.map(({ question }) => ({ document: FaithfulnessDocument, variables: { input: question } })),
  };
  return (
    <Panel name="faithfulness" title="Faithfulness" caption={caption} takeaway={takeaway}>
      <Picture scene={faithfulnessScene(tested, Math.min(width, 864), palette.value)} label={caption} />
      {agreement.length > 0 && (
        <p class="agreement">
          Rank correlation with {methodName('OCCLUSION')} (1: the same order): {agreement.join(', ')}.
        </p>
      )}
    </Panel>
  );
}
