/** One experiment: what it is to find out, what its runs come to, and its runs, sweeps and comparisons. */
import { useSignal } from '@preact/signals';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { ExperimentDocument, type ExperimentQuery } from '../../../client/generated/graphql.ts';
import { plain } from '../../format/token.ts';
import { Notice, ProblemNotice } from '../../parts/notice.tsx';
import type { Problem } from '../../state/problem.ts';
import { audits, byStatus, runs, scoresByMethod } from './aggregates.ts';
import { createExperiment, deleteExperiment, updateExperiment } from './changes.ts';
import { Comparisons } from './comparison/comparison.tsx';
import { DescriptionForm } from './description.tsx';
import { go } from './go.ts';
import { type ExperimentPlace, placeOf, type ShownPart, shownParts, writePlace } from './place.ts';
import { Runs } from './run-table/runs.tsx';
import { Sweeps } from './sweeps/sweeps.tsx';
import { useAsked } from './use-asked.ts';

type Experiment = NonNullable<ExperimentQuery['experiment']>;

export function ExperimentView({ place }: { readonly place: ExperimentPlace }) {
  const { answer, problem, again } = useAsked(ExperimentDocument, { name: place.experiment });
  const experiment = answer?.experiment;
  return (
    <article class="experiment" aria-label={`Experiment ${place.experiment}`}>
      <nav aria-label="Where">
        <a
          href={writePlace(undefined)}
          onClick={(event) => {
            event.preventDefault();
            go(undefined);
          }}
        >
          ← All experiments
        </a>
      </nav>
      {problem && <ProblemNotice problem={problem} again={again} />}
      {!answer && !problem && <Notice kind="waiting">Reading the experiment …</Notice>}
      {experiment === null && <Missing name={place.experiment} again={again} />}
      {experiment && (
        <>
          <About experiment={experiment} place={place} again={again} />
          <Parts place={place} />
          {place.shown === 'runs' && <Runs id={experiment.id} place={place} changed={again} />}
          {place.shown === 'sweeps' && <Sweeps place={place} changed={again} />}
          {place.shown === 'comparison' && <Comparisons place={place} />}
        </>
      )}
    </article>
  );
}

function Missing({ name, again }: { readonly name: string; readonly again: () => void }) {
  const refused = useSignal<Problem | undefined>(undefined);
  const make = async () => {
    refused.value = await createExperiment({ name, description: '', tags: [] });
    if (!refused.value) again();
  };
  return (
    <Notice kind="empty">
      <p>There is no experiment “{name}”. It may have been deleted, or renamed; its runs are there still.</p>
      <p class="ways-out">
        <button type="button" onClick={() => void make()}>
          Make it
        </button>
      </p>
      {refused.value && <p class="wrong">{refused.value.message}</p>}
    </Notice>
  );
}

interface AboutProps {
  readonly experiment: Experiment;
  readonly place: ExperimentPlace;
  readonly again: () => void;
}

function About({ experiment, place, again }: AboutProps) {
  const { id, name, description, tags, aggregates } = experiment;
  const isWriting = useSignal(false);
  const isAsking = useSignal(false);
  const refused = useSignal<Problem | undefined>(undefined);
  const remove = async () => {
    refused.value = await deleteExperiment(id);
    if (!refused.value) go(undefined);
  };
  if (isWriting.value)
    return (
      <DescriptionForm
        action="Save"
        before={{ name, description, tags }}
        close={() => (isWriting.value = false)}
        keep={async (described) => {
          const problem = await updateExperiment(id, described);
          if (problem) return problem;
          isWriting.value = false;
          if (described.name === name) again();
          else go({ ...placeOf(described.name), shown: place.shown });
          return undefined;
        }}
      />
    );
  return (
    <header>
      <div class="titled">
        <h2>{plain(name)}</h2>
        {tags.map((tag) => (
          <span class="tag" key={tag}>
            {plain(tag)}
          </span>
        ))}
        <span class="grow" />
        {isAsking.value ? (
          <Asked remove={() => void remove()} keep={() => (isAsking.value = false)} />
        ) : (
          <>
            <button type="button" onClick={() => (isWriting.value = true)}>
              Edit
            </button>
            <button type="button" onClick={() => (isAsking.value = true)}>
              Delete
            </button>
          </>
        )}
      </div>
      {refused.value && <ProblemNotice problem={refused.value} />}
      {description && <p class="caption">{plain(description)}</p>}
      <dl class="told">
        <div>
          <dt>Runs</dt>
          <dd>
            {runs(aggregates.count)}
            {aggregates.count > 0 && <span class="quiet"> {byStatus(aggregates)}</span>}
          </dd>
        </div>
        {scoresByMethod(aggregates).map((of) => (
          <div key={of.name}>
            <dt>{of.name}, mean score</dt>
            <dd>
              {of.score} <span class="quiet">{of.of}</span>
            </dd>
          </div>
        ))}
        <div>
          <dt>Audits passed</dt>
          <dd>{audits(aggregates)}</dd>
        </div>
      </dl>
    </header>
  );
}

function Asked({ remove, keep }: { readonly remove: () => void; readonly keep: () => void }) {
  const first = useRef<HTMLButtonElement>(null);
  // Before anybody can press another key: the button that asked is gone.
  useLayoutEffect(() => first.current?.focus(), []);
  return (
    <fieldset class="asked">
      <legend>Delete it for good, with its sweeps? Its runs stay.</legend>
      <button type="button" ref={first} onClick={keep}>
        Keep
      </button>
      <button type="button" class="danger" onClick={remove}>
        Delete
      </button>
    </fieldset>
  );
}

/** Which part of it is shown. */
function Parts({ place }: { readonly place: ExperimentPlace }) {
  const id = useId();
  const names = Object.keys(shownParts) as ShownPart[];
  const choose = (shown: ShownPart) => go({ ...place, shown });
  const move = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const next = step && names[(names.indexOf(place.shown) + step + names.length) % names.length];
    if (!next) return;
    choose(next);
    document.getElementById(`${id}-${next}`)?.focus();
  };
  return (
    <div role="tablist" aria-label="Of the experiment">
      {names.map((name) => (
        <button
          type="button"
          role="tab"
          key={name}
          id={`${id}-${name}`}
          aria-selected={name === place.shown}
          tabIndex={name === place.shown ? 0 : -1}
          onClick={() => choose(name)}
          onKeyDown={move}
        >
          {shownParts[name]}
        </button>
      ))}
    </div>
  );
}
