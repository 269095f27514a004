/** Which model is asked, and how it stands. */
import { draft } from '../../state/draft.ts';
import { models } from '../../state/models.ts';

export function ModelPicker() {
  return (
    <select
      aria-label="Model"
      value={draft.model.value}
      onChange={({ currentTarget }) => {
        draft.model.value = currentTarget.value;
      }}
    >
      {models.value?.map(({ name, status }) => (
        <option key={name} value={name}>
          {name} ({status.toLowerCase()})
        </option>
      ))}
    </select>
  );
}
