/** Sweeps of an experiment: the form for a new one, and those that there are, newest first. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ExperimentSweepsDocument, type SweepPartsFragment } from '../../../../client/generated/graphql.ts';
import { Notice, ProblemNotice } from '../../../parts/notice.tsx';
import { go } from '../go.ts';
import type { ExperimentPlace } from '../place.ts';
import { useAsked } from '../use-asked.ts';
import { useThrottled } from '../use-throttled.ts';
import { SweepForm } from './form.tsx';
import { SweepView } from './sweep.tsx';

/** Sweeps that are listed; an experiment seldom has more. */
const mostListed = 50;

/** Milliseconds between two looks at what the runs come to, while a sweep goes on. */
const lookEvery = 2000;

interface SweepsProps {
  readonly place: ExperimentPlace;
  /** Says that the runs are others now. */
  readonly changed: () => void;
}

export function Sweeps({ place, changed }: SweepsProps) {
  const { answer, problem, again } = useAsked(ExperimentSweepsDocument, { name: place.experiment, first: mostListed });
  const startedHere = useSignal<readonly SweepPartsFragment[]>([]);
  const isOpen = useSignal(false);
  const changedSoon = useThrottled(changed, lookEvery);
  const read = answer?.experiment?.sweeps?.edges.map(({ node }) => node);
  const sweeps = read && [...startedHere.value.filter(({ id }) => !read.some((other) => other.id === id)), ...read];
  const isFirst = sweeps?.length === 0;
  useEffect(() => {
    if (isFirst) isOpen.value = true;
  }, [isFirst]);
  return (
    <section class="sweeps" aria-label="Sweeps">
      <details open={isOpen.value} onToggle={({ currentTarget }) => (isOpen.value = currentTarget.open)}>
        <summary>New sweep</summary>
        {isOpen.value && (
          <SweepForm
            experiment={place.experiment}
            started={(sweep) => {
              startedHere.value = [sweep, ...startedHere.value];
              isOpen.value = false;
              go({ ...place, sweep: sweep.id });
            }}
          />
        )}
      </details>
      {problem && <ProblemNotice problem={problem} again={again} />}
      {!sweeps && !problem && <Notice kind="waiting">Reading the sweeps …</Notice>}
      {sweeps?.map((sweep, at) => (
        <SweepView
          key={sweep.id}
          sweep={sweep}
          number={sweeps.length - at}
          isOpen={sweep.id === place.sweep}
          open={(isChosen) => go({ ...place, sweep: isChosen ? sweep.id : '' })}
          changed={changedSoon}
        />
      ))}
    </section>
  );
}
