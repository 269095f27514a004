/** Compares two groups of runs in a figure: which ones, then how they differ. */
import { useSignal } from '@preact/signals';
import { CompareGroupsDocument, ExperimentsDocument, type RunPairing } from '../../../../client/generated/graphql.ts';
import { Notice, ProblemNotice } from '../../../parts/notice.tsx';
import { Sized } from '../../../parts/sized.tsx';
import { problemIn } from '../../../state/problem.ts';
import { type ExperimentPlace, go } from '../place.ts';
import { useAsked } from '../use-asked.ts';
import {
  allOf,
  type Comparison,
  comparisonInput,
  type Figure,
  type FigureName,
  figureNames,
  pairings,
  score,
} from './choice.ts';
import { GroupForm } from './group-form.tsx';
import { Result } from './result.tsx';

/** Experiments that can be chosen from. */
const mostNames = 100;

export function Comparisons({ place }: { readonly place: ExperimentPlace }) {
  const draft = useSignal<Comparison>(
    place.comparison ?? { a: allOf(place.experiment), b: undefined, pairBy: '', figure: score },
  );
  const { comparison } = place;
  const variables = comparison && { input: comparisonInput(comparison), values: isOne(comparison.figure) };
  const { answer, problem: failed, again } = useAsked(CompareGroupsDocument, variables);
  const problem = failed ?? (answer && problemIn(answer.compareGroups));
  return (
    <section class="compared" aria-label="Comparison">
      <ComparisonForm
        draft={draft.value}
        put={(next) => (draft.value = next)}
        compare={() => go({ ...place, comparison: draft.value })}
      />
      {!comparison && (
        <Notice kind="empty">
          Choose two groups of runs, by method, model or what stands in their slots, and the figure that they are
          compared in. A group alone is compared with zero.
        </Notice>
      )}
      {problem && <ProblemNotice problem={problem} again={again} />}
      {comparison && !answer && !problem && <Notice kind="waiting">Comparing …</Notice>}
      {comparison && answer && 'figures' in answer.compareGroups && (
        <Sized>
          {(width) =>
            answer.compareGroups.__typename === 'GroupComparison' && (
              <Result told={answer.compareGroups} comparison={comparison} width={width} />
            )
          }
        </Sized>
      )}
    </section>
  );
}

/** Of a single figure the runs' own are drawn; of many they would be very many. */
function isOne({ name }: Figure): boolean {
  return name !== 'heads' && name !== 'layers';
}

interface ComparisonFormProps {
  readonly draft: Comparison;
  readonly put: (comparison: Comparison) => void;
  readonly compare: () => void;
}

function ComparisonForm({ draft, put, compare }: ComparisonFormProps) {
  const { answer } = useAsked(ExperimentsDocument, { first: mostNames });
  const experiments = answer?.experiments?.edges.map(({ node }) => node.name) ?? [];
  const { a, b, pairBy, figure } = draft;
  return (
    <form
      class="comparison-form"
      aria-label="What is compared"
      onSubmit={(event) => {
        event.preventDefault();
        compare();
      }}
    >
      <p>
        <b>Compare</b>
        <GroupForm name="first" group={a} experiments={experiments} choose={(group) => put({ ...draft, a: group })} />
      </p>
      <p>
        <b>with</b>
        <select
          aria-label="With what"
          value={b ? 'group' : 'zero'}
          onChange={({ currentTarget }) =>
            put({ ...draft, b: currentTarget.value === 'group' ? { ...a, method: '', slots: [] } : undefined })
          }
        >
          <option value="zero">zero</option>
          <option value="group">another group</option>
        </select>
        {b && (
          <GroupForm
            name="second"
            group={b}
            experiments={experiments}
            choose={(group) => put({ ...draft, b: group })}
          />
        )}
      </p>
      <p>
        <b>in</b>
        <FigureChoice figure={figure} choose={(next) => put({ ...draft, figure: next })} />
        {b && (
          <select
            aria-label="How runs are paired"
            value={pairBy}
            onChange={({ currentTarget }) => put({ ...draft, pairBy: currentTarget.value as RunPairing | '' })}
          >
            {Object.entries(pairings).map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
        )}
        <button type="submit" class="primary">
          Compare
        </button>
      </p>
    </form>
  );
}

interface FigureChoiceProps {
  readonly figure: Figure;
  readonly choose: (figure: Figure) => void;
}

function FigureChoice({ figure, choose }: FigureChoiceProps) {
  const whole = (part: 'layer' | 'head') => (
    <label>
      {part}{' '}
      <input
        type="number"
        min={0}
        value={figure[part]}
        onInput={({ currentTarget: { valueAsNumber } }) =>
          choose({ ...figure, [part]: Math.max(0, Math.round(valueAsNumber) || 0) })
        }
      />
    </label>
  );
  return (
    <>
      <select
        aria-label="Figure"
        value={figure.name}
        onChange={({ currentTarget }) => choose({ ...figure, name: currentTarget.value as FigureName })}
      >
        {Object.entries(figureNames).map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
      {figure.name === 'head' && (
        <>
          {whole('layer')} {whole('head')}
        </>
      )}
      {figure.name === 'token' && (
        <input
          aria-label="Position of the token, or its slot"
          placeholder="position or slot"
          required
          value={figure.token}
          onInput={({ currentTarget }) => choose({ ...figure, token: currentTarget.value })}
        />
      )}
    </>
  );
}
