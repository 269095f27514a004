/** Puts a sweep together: prompts from a template, targets, methods, models; what it would take is told before. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import type { SweepPartsFragment, TargetKind } from '../../../../client/generated/graphql.ts';
import { StartSweepDocument } from '../../../../client/generated/graphql.ts';
import { methodNames, methods } from '../../../format/method.ts';
import { Choice } from '../../../parts/choice.tsx';
import { ProblemNotice } from '../../../parts/notice.tsx';
import { isUsable, models } from '../../../state/models.ts';
import { type Problem, problemIn, problemOf } from '../../../state/problem.ts';
import { server } from '../../../state/server.ts';
import { draft, draftModels, draftObstacle, sweepInput, type TargetDraft, toggled } from './draft.ts';
import { Cost } from './estimate.tsx';
import { FileOfPrompts } from './file.tsx';
import { Template } from './slots.tsx';

const kinds: Readonly<Record<TargetKind, string>> = {
  LOGIT: 'logit',
  LOG_PROBABILITY: 'log-probability',
  PROBABILITY: 'probability',
};

interface SweepFormProps {
  readonly experiment: string;
  readonly started: (sweep: SweepPartsFragment) => void;
}

export function SweepForm({ experiment, started }: SweepFormProps) {
  const refused = useSignal<Problem | undefined>(undefined);
  const isStarting = useSignal(false);
  const input = sweepInput(experiment);
  const start = async (event: Event) => {
    event.preventDefault();
    if (!input || isStarting.value) return;
    isStarting.value = true;
    try {
      const { startSweep: told } = await server.request(StartSweepDocument, { input });
      refused.value = problemIn(told);
      if ('sweep' in told) started(told.sweep);
    } catch (thrown) {
      refused.value = problemOf(thrown);
    } finally {
      isStarting.value = false;
    }
  };
  return (
    <form class="sweep-form" aria-label="New sweep" onSubmit={start}>
      <Choice
        label="Where prompts come from"
        values={{ template: 'From a template', file: 'From a file' }}
        chosen={draft.source}
      />
      {draft.source.value === 'file' ? <FileOfPrompts /> : <Template />}
      <Targets />
      <Choices label="Methods">
        {methodNames.map((name) => (
          <label key={name} title={methods[name].what}>
            <input
              type="checkbox"
              checked={draft.methods.value.includes(name)}
              onChange={({ currentTarget }) =>
                (draft.methods.value = toggled(draft.methods.value, name, currentTarget.checked))
              }
            />
            {methods[name].name}
          </label>
        ))}
      </Choices>
      <Choices label="Models">
        {models.value?.filter(isUsable).map(({ name }) => (
          <label key={name}>
            <input
              type="checkbox"
              checked={draftModels.value.includes(name)}
              onChange={({ currentTarget }) =>
                (draft.models.value = toggled(draftModels.value, name, currentTarget.checked))
              }
            />
            {name}
          </label>
        ))}
      </Choices>
      <Choices label="Kept with each run">
        <label title="Needed to compare layers and heads; methods that score tokens alone have none">
          <input
            type="checkbox"
            checked={draft.layers.value}
            onChange={({ currentTarget }) => (draft.layers.value = currentTarget.checked)}
          />
          what each layer and head contributes
        </label>
      </Choices>
      <div class="starts wide">
        {draftObstacle.value ? <p class="quiet">{draftObstacle.value}</p> : <Cost experiment={experiment} />}
        <button type="submit" class="primary" disabled={!input || isStarting.value}>
          Start the sweep
        </button>
      </div>
      {refused.value && <ProblemNotice problem={refused.value} />}
    </form>
  );
}

function Choices({ label, children }: { readonly label: string; readonly children: ComponentChildren }) {
  return (
    <fieldset class="choices">
      <legend>{label}</legend>
      {children}
    </fieldset>
  );
}

function Targets() {
  const { targets, kind } = draft;
  const put = (place: number, next: TargetDraft) => {
    targets.value = targets.value.map((target, at) => (at === place ? next : target));
  };
  return (
    <fieldset class="choices targets wide">
      <legend>
        Targets <span class="quiet">tokens as texts, with their spaces; they may have slots</span>
      </legend>
      {targets.value.map((target, place) => (
        // Targets have no name but their place.
        <p key={place}>
          why{' '}
          <input
            aria-label={`Token of target ${place + 1}`}
            placeholder="its top choice"
            value={target.token}
            onInput={({ currentTarget }) => put(place, { ...target, token: currentTarget.value })}
          />{' '}
          rather than{' '}
          <input
            aria-label={`What target ${place + 1} is contrasted with`}
            placeholder="–"
            value={target.against}
            onInput={({ currentTarget }) => put(place, { ...target, against: currentTarget.value })}
          />{' '}
          {targets.value.length > 1 && (
            <button
              type="button"
              aria-label={`Remove target ${place + 1}`}
              onClick={() => (targets.value = targets.value.filter((_, at) => at !== place))}
            >
              ×
            </button>
          )}
        </p>
      ))}
      <p>
        <button type="button" onClick={() => (targets.value = [...targets.value, { token: '', against: '' }])}>
          Another target
        </button>{' '}
        <label>
          explained is the{' '}
          <select value={kind.value} onChange={({ currentTarget }) => (kind.value = currentTarget.value as TargetKind)}>
            {Object.entries(kinds).map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
        </label>
      </p>
    </fieldset>
  );
}
