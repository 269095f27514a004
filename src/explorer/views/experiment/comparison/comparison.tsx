/** Compares two groups of runs in a figure: which ones, then how they differ. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import {
  CompareGroupsDocument,
  ExperimentRunTableDocument,
  ExperimentsDocument,
  type RunPairing,
} from '../../../../client/generated/graphql.ts';
import { Notice, ProblemNotice } from '../../../parts/notice.tsx';
import { Sized } from '../../../parts/sized.tsx';
import { problemIn } from '../../../state/problem.ts';
import { go } from '../go.ts';
import type { ExperimentPlace } from '../place.ts';
import { useAsked } from '../use-asked.ts';
import {
  type Comparison,
  comparisonInput,
  type Figure,
  type FigureName,
  figureNames,
  firstOf,
  pairings,
} from './choice.ts';
import { GroupForm } from './group-form.tsx';
import { Result } from './result.tsx';

/** Experiments that can be chosen from. */
const mostNames = 100;

export function Comparisons({ place }: { readonly place: ExperimentPlace }) {
  const draft = useSignal<Comparison>(place.comparison ?? firstOf(place.experiment));
  const { comparison } = place;
  // Also where the browser goes back.
  useEffect(() => {
    if (comparison) draft.value = comparison;
  }, [JSON.stringify(comparison)]);
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
  const { a, b, pairBy, pairSlots, figure } = draft;
  // Of one run: those of an experiment are of one template, as a rule.
  const { answer: sample } = useAsked(ExperimentRunTableDocument, { first: 1, filter: { experiment: a.experiment } });
  const slots = sample?.runs?.edges[0]?.node.slots.map(({ name }) => name) ?? [];
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
        <GroupForm
          name="first"
          group={a}
          experiments={experiments}
          slotNames={slots}
          choose={(group) => put({ ...draft, a: group })}
        />
      </p>
      <p>
        <b>with</b>
        <select
          aria-label="With what"
          value={b ? 'group' : 'zero'}
          onChange={({ currentTarget }) => put({ ...draft, b: currentTarget.value === 'group' ? a : undefined })}
        >
          <option value="zero">zero</option>
          <option value="group">another group</option>
        </select>
        {b && (
          <GroupForm
            name="second"
            group={b}
            experiments={experiments}
            slotNames={slots}
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
            onChange={({ currentTarget }) => {
              const chosen = currentTarget.value as RunPairing | '';
              put({ ...draft, pairBy: chosen, pairSlots: chosen === 'SLOTS' ? slots : [] });
            }}
          >
            {Object.entries(pairings).map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
        )}
        {b && pairBy === 'SLOTS' && (
          <input
            aria-label="Slots that pairs agree in, with commas between"
            placeholder="slots"
            required
            value={pairSlots.join(', ')}
            onChange={({ currentTarget }) => put({ ...draft, pairSlots: namesIn(currentTarget.value) })}
          />
        )}
        <button type="submit" class="primary">
          Compare
        </button>
      </p>
    </form>
  );
}

function namesIn(text: string): string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
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
