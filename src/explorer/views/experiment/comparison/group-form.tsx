/** Chooses one of the groups: runs of an experiment, perhaps by one method, of one model, with these values in their slots. */
import type { AttributionMethod } from '../../../../client/generated/graphql.ts';
import { methodNames, methods } from '../../../format/method.ts';
import { models } from '../../../state/models.ts';
import type { Group, SlotChoice } from './choice.ts';

interface GroupFormProps {
  /** `first` or `second`. */
  readonly name: string;
  readonly group: Group;
  readonly experiments: readonly string[];
  /** Of its runs, as far as they are known. */
  readonly slotNames: readonly string[];
  readonly choose: (group: Group) => void;
}

export function GroupForm({ name, group, experiments, slotNames, choose }: GroupFormProps) {
  const { experiment, method, model, slots } = group;
  const put = (place: number, slot: SlotChoice) =>
    choose({ ...group, slots: slots.map((other, at) => (at === place ? slot : other)) });
  const modelNames = models.value?.map((entry) => entry.name) ?? [];
  return (
    <>
      <select
        aria-label={`Experiment of the ${name} group`}
        value={experiment}
        onChange={({ currentTarget }) => choose({ ...group, experiment: currentTarget.value })}
      >
        {withOwn(experiments, experiment).map((other) => (
          <option key={other} value={other}>
            {other}
          </option>
        ))}
      </select>
      <select
        aria-label={`Method of the ${name} group`}
        value={method}
        onChange={({ currentTarget }) => choose({ ...group, method: currentTarget.value as AttributionMethod | '' })}
      >
        <option value="">any method</option>
        {methodNames.map((other) => (
          <option key={other} value={other}>
            {methods[other].name}
          </option>
        ))}
      </select>
      <select
        aria-label={`Model of the ${name} group`}
        value={model}
        onChange={({ currentTarget }) => choose({ ...group, model: currentTarget.value })}
      >
        <option value="">any model</option>
        {withOwn(modelNames, model)
          .filter(Boolean)
          .map((other) => (
            <option key={other} value={other}>
              {other}
            </option>
          ))}
      </select>
      {slots.map((slot, place) => (
        // Slots have no name but their place while they are written.
        <span class="slot" key={place}>
          <input
            aria-label={`Slot ${place + 1} of the ${name} group`}
            placeholder="slot"
            value={slot.name}
            onInput={({ currentTarget }) => put(place, { ...slot, name: currentTarget.value })}
          />
          =
          <input
            aria-label={`Value of slot ${place + 1} of the ${name} group`}
            placeholder="value"
            value={slot.value}
            onInput={({ currentTarget }) => put(place, { ...slot, value: currentTarget.value })}
          />
          <button
            type="button"
            aria-label={`Remove slot ${place + 1} of the ${name} group`}
            onClick={() => choose({ ...group, slots: slots.filter((_, at) => at !== place) })}
          >
            ×
          </button>
        </span>
      ))}
      <button
        type="button"
        onClick={() => choose({ ...group, slots: [...slots, { name: slotNames[slots.length] ?? '', value: '' }] })}
      >
        With a slot
      </button>
    </>
  );
}

/** The chosen one stands in its list, also where that does not have it (yet). */
function withOwn(names: readonly string[], own: string): string[] {
  return names.includes(own) ? [...names] : [own, ...names];
}
