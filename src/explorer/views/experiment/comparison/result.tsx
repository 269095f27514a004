/** How two groups differ: in a sentence, as a picture, and of many figures as a grid and a table. */
import { useSignal } from '@preact/signals';
import { tensorValues } from '../../../../client/client.ts';
import { CompareGroupsDocument } from '../../../../client/generated/graphql.ts';
import { Notice, ProblemNotice } from '../../../parts/notice.tsx';
import { Picture } from '../../../parts/picture.tsx';
import { Ranked } from '../../../parts/ranked.tsx';
import type { Column } from '../../../parts/ranking.ts';
import { problemIn } from '../../../state/problem.ts';
import { palette } from '../../../state/theme.ts';
import { useAsked } from '../use-asked.ts';
import { type Comparison, comparisonInput, groupNames, score } from './choice.ts';
import { distributions, type Sampled } from './distributions.ts';
import { type Head, HeadGrid } from './head-grid.tsx';
import {
  type FigureComparison,
  figureInWords,
  type GroupComparison,
  manyInWords,
  pairsInWords,
  pInWords,
} from './words.ts';

/** Of the intervals: as the server has it unless it is told. */
const confidence = 0.95;

/** Rows of the table; what is beyond has the smallest differences. */
const mostRows = 50;

interface ResultProps {
  readonly told: GroupComparison;
  readonly comparison: Comparison;
  readonly width: number;
}

export function Result({ told, comparison, width }: ResultProps) {
  const names = groupNames(comparison);
  const [only] = told.figures;
  if (!only)
    return <Notice kind="empty">There is nothing to compare: no run of these groups has such a figure.</Notice>;
  const what = comparison.figure.name === 'layers' ? 'layers' : 'heads';
  return (
    <>
      <p class="caption">
        {told.figures.length > 1
          ? manyInWords(told.figures, names, what)
          : figureInWords(only, names, told, confidence)}{' '}
        {pairsInWords(told)}
      </p>
      {told.figures.length === 1 && <Distributions figure={only} names={names} width={width} />}
      {told.figures.length > 1 && <Many told={told} comparison={comparison} width={width} />}
    </>
  );
}

interface DistributionsProps {
  readonly figure: FigureComparison;
  readonly names: readonly [string, string];
  readonly width: number;
}

function Distributions({ figure, names, width }: DistributionsProps) {
  const { a, b, difference, interval } = figure;
  const sampled = (sample: typeof a, name: string): Sampled => ({
    ...sample,
    name,
    values: sample.values ? tensorValues(sample.values) : [],
  });
  const groups = [sampled(a, names[0]), ...(b ? [sampled(b, names[1])] : [])];
  const scene = distributions(groups, { difference, interval }, Math.min(width, 960), palette.value);
  return (
    <Picture scene={scene} label={`${figure.figure.label} of each run, by group, and the difference of the means`} />
  );
}

function Many({ told, comparison, width }: ResultProps) {
  const chosen = useSignal<Head | undefined>(undefined);
  const isOfHeads = comparison.figure.name === 'heads';
  return (
    <div class={isOfHeads ? 'many-figures with-grid' : 'many-figures'}>
      {isOfHeads && (
        <div>
          <HeadGrid
            figures={told.figures}
            width={Math.min(width, 620)}
            chosen={chosen.value}
            choose={(head) => (chosen.value = head)}
          />
          {chosen.value ? (
            <OneHead head={chosen.value} told={told} comparison={comparison} width={Math.min(width, 620)} />
          ) : (
            <p class="quiet">Choose a head for its figures of each run.</p>
          )}
        </div>
      )}
      <Ranked
        label="Figures by their difference"
        heading="figure"
        rows={told.figures}
        columns={comparison.b ? [difference, ...means, p, adjusted, effect] : [difference, p, adjusted, effect]}
        by="difference"
        most={mostRows}
        keyOf={({ figure: { name, layer, head } }) => `${name} ${layer} ${head}`}
        handles={({ figure }) => [{ label: figure.label }]}
      />
    </div>
  );
}

const difference: Column<FigureComparison> = {
  name: 'difference',
  title: 'difference',
  bar: true,
  of: (figure) => figure.difference,
};

const means: readonly Column<FigureComparison>[] = [
  { name: 'a', title: 'first mean', of: ({ a }) => a.mean },
  { name: 'b', title: 'second mean', of: ({ b }) => b?.mean ?? null },
];

/** The least likely by chance first. */
const p: Column<FigureComparison> = {
  name: 'p',
  title: 'p',
  of: ({ pValue }) => pValue,
  place: true,
  cell: ({ pValue }) => pInWords(pValue).replace('p = ', '').replace('p ', ''),
};

const adjusted: Column<FigureComparison> = {
  name: 'adjusted',
  title: 'p of all',
  of: ({ adjustedPValue }) => adjustedPValue,
  place: true,
  cell: ({ adjustedPValue }) => pInWords(adjustedPValue).replace('p = ', '').replace('p ', ''),
};

const effect: Column<FigureComparison> = {
  name: 'effect',
  title: 'effect size',
  of: ({ effectSize }) => effectSize,
};

interface OneHeadProps extends ResultProps {
  readonly head: Head;
}

/** Its figures of each run; what they say of chance is what the comparison of all heads says. */
function OneHead({ head: { layer, head }, told, comparison, width }: OneHeadProps) {
  const one: Comparison = { ...comparison, figure: { ...score, name: 'head', layer, head } };
  const {
    answer,
    problem: failed,
    again,
  } = useAsked(CompareGroupsDocument, {
    input: comparisonInput(one),
    values: true,
  });
  const problem = failed ?? (answer && problemIn(answer.compareGroups));
  if (problem) return <ProblemNotice problem={problem} again={again} />;
  const own = told.figures.find(({ figure }) => figure.layer === layer && figure.head === head);
  const drawn = answer?.compareGroups.__typename === 'GroupComparison' ? answer.compareGroups.figures[0] : undefined;
  const names = groupNames(comparison);
  return (
    <section class="one-head" aria-label={`Head ${head} of layer ${layer}`}>
      {own && <p class="caption">{figureInWords(own, names, told, confidence)}</p>}
      {drawn ? (
        <Distributions figure={drawn} names={names} width={width} />
      ) : (
        <Notice kind="waiting">Reading its figures …</Notice>
      )}
    </section>
  );
}
