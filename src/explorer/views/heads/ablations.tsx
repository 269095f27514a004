/** Cause beside attribution: what is lost without a component, measured, beside what is attributed to it. */

import { useSignal } from '@preact/signals';
import { type AblationReplacement, AblationsDocument } from '../../../client/generated/graphql.ts';
import { componentName } from '../../format/component.ts';
import type { TargetWords } from '../../format/target.ts';
import { Choice } from '../../parts/choice.tsx';
import { Answered } from '../../parts/detail.tsx';
import { Notice } from '../../parts/notice.tsx';
import { Ranked } from '../../parts/ranked.tsx';
import type { Handle } from '../../parts/ranking.ts';
import type { Explanation } from '../../state/explanation.ts';
import { pinned } from '../../state/selection.ts';
import { Cost } from './cost.tsx';
import { Folded } from './folded.tsx';
import { type Ablated, ablationCaption } from './words.ts';

export interface AblationRequest {
  readonly first: number;
  readonly replacement: AblationReplacement;
}

interface AblationsProps {
  readonly explanation: Explanation;
  readonly target: TargetWords;
  /** What was asked for last: kept by the view, for what is taken along. */
  readonly asked: { value: AblationRequest | undefined };
}

export function Ablations({ explanation, target, asked }: AblationsProps) {
  const isOpen = useSignal(asked.value !== undefined);
  const first = useSignal(asked.value?.first ?? 10);
  const replacement = useSignal<AblationReplacement>(asked.value?.replacement ?? 'ZERO');
  const isAsked = asked.value?.first === first.value && asked.value.replacement === replacement.value;
  return (
    <Folded title="Take heads out" open={isOpen}>
      {() => (
        <>
          <div class="ask">
            <label>
              The strongest{' '}
              <select value={first.value} onChange={({ currentTarget }) => (first.value = Number(currentTarget.value))}>
                {[5, 10, 20, 50].map((count) => (
                  <option key={count}>{count}</option>
                ))}
              </select>{' '}
              heads and MLPs, each replaced by
            </label>
            <Choice
              label="What takes the place of what it writes"
              values={{ ZERO: 'nothing', MEAN: 'its mean' }}
              chosen={replacement}
            />
            {!isAsked && (
              <>
                <button
                  type="button"
                  class="primary"
                  onClick={() => (asked.value = { first: first.value, replacement: replacement.value })}
                >
                  Measure
                </button>
                <Cost
                  explanation={explanation}
                  input={{ logitAttribution: { input: explanation.question, selection: { ablations: first.value } } }}
                />
              </>
            )}
          </div>
          {isAsked && asked.value && <Measured explanation={explanation} target={target} asked={asked.value} />}
        </>
      )}
    </Folded>
  );
}

interface MeasuredProps {
  readonly explanation: Explanation;
  readonly target: TargetWords;
  readonly asked: AblationRequest;
}

function Measured({ explanation, target, asked }: MeasuredProps) {
  return (
    <Answered detail={explanation.detail(AblationsDocument, { ...asked })} what="the model without each of them">
      {({ ablations }) => {
        if (!ablations?.length)
          return <Notice kind="empty">This method knows of no heads that could be taken out.</Notice>;
        const { layer, head } = pinned.value;
        const told =
          ablations.find((one) => one.layer === layer && one.head === head) ??
          ablations.find((one) => one.head !== null);
        return (
          <>
            <p class="caption">{ablationCaption(told ?? (ablations[0] as Ablated), asked.replacement, target)}</p>
            <Ranked
              label="What is attributed to components, and what is lost without them"
              rows={ablations}
              columns={[
                { name: 'total', title: `attributed (${target.unit})`, of: ({ total }) => total, bar: true },
                { name: 'drop', title: `lost without it (${target.unit})`, of: ({ drop }) => drop, bar: true },
              ]}
              by="total"
              heading="component"
              handles={handleOf}
              keyOf={({ layer, head }) => componentName(layer, head)}
            />
            <p class="note">
              Attributed: what passed through it in this run. Lost: what is gone when all that comes after is computed
              anew, and may make up for it.
            </p>
          </>
        );
      }}
    </Answered>
  );
}

function handleOf({ layer, head }: Ablated): Handle[] {
  if (head === null) return [{ label: `MLP ${layer}`, selection: { layer } }];
  return [{ label: `head ${componentName(layer, head)}`, selection: { layer, head } }];
}
