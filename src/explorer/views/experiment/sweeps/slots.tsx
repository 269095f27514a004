/** A template: its prompt, what stands in its slots, and how many of all combinations are taken. */
import { counted } from '../aggregates.ts';
import { draft, draftSlots, promptCount, toggled } from './draft.ts';
import { valuesIn } from './template.ts';

export function Template() {
  return (
    <>
      <label class="wide">
        <b>Prompt</b>{' '}
        <span class="quiet">
          with slots in braces, as {'{name}'}; {'{{'} and {'}}'} are braces
        </span>
        <textarea
          rows={2}
          spellcheck={false}
          value={draft.template.value}
          onInput={({ currentTarget }) => (draft.template.value = currentTarget.value)}
        />
      </label>
      <Slots />
    </>
  );
}

function Slots() {
  const { values, different } = draft;
  const { value: slots } = draftSlots;
  if (slots.length === 0) return <p class="quiet wide">Without a slot it is one prompt.</p>;
  return (
    <fieldset class="slots wide">
      <legend>
        Slots <span class="quiet">one value a line</span>
      </legend>
      {slots.map((slot) => (
        <div key={slot}>
          <label>
            <b>{slot}</b> <span class="quiet">{valuesIn(values.value[slot] ?? '').length}</span>
            <textarea
              rows={4}
              spellcheck={false}
              aria-label={`Values of ${slot}`}
              value={values.value[slot] ?? ''}
              onInput={({ currentTarget }) => (values.value = { ...values.value, [slot]: currentTarget.value })}
            />
          </label>
          {slots.length > 1 && (
            <label class="differs" title="Within a prompt, slots with this mark take different values">
              <input
                type="checkbox"
                checked={different.value.includes(slot)}
                onChange={({ currentTarget }) =>
                  (different.value = toggled(different.value, slot, currentTarget.checked))
                }
              />
              differs
              <span class="visually-hidden"> from the others with this mark: {slot}</span>
            </label>
          )}
        </div>
      ))}
      <Sample />
    </fieldset>
  );
}

/** All combinations, or so many, drawn without replacement. */
function Sample() {
  const { sample, seed } = draft;
  const { value: count } = promptCount;
  const isDrawn = sample.value !== undefined;
  return (
    <p class="sample">
      <label>
        <input type="radio" name="sample" checked={!isDrawn} onChange={() => (sample.value = undefined)} />
        all {counted(count)} combinations
      </label>
      <label>
        <input type="radio" name="sample" checked={isDrawn} onChange={() => (sample.value = Math.min(count, 100))} />
        drawn:
      </label>
      <input
        type="number"
        aria-label="How many are drawn"
        min={1}
        max={count}
        disabled={!isDrawn}
        value={sample.value ?? Math.min(count, 100)}
        onInput={({ currentTarget: { valueAsNumber } }) => (sample.value = Math.max(1, Math.round(valueAsNumber) || 1))}
      />
      <label>
        seed{' '}
        <input
          type="number"
          min={0}
          disabled={!isDrawn}
          value={seed.value}
          onInput={({ currentTarget: { valueAsNumber } }) => (seed.value = Math.max(0, Math.round(valueAsNumber) || 0))}
        />
      </label>
    </p>
  );
}
