/** Which model is asked, and how each stands. */
import { useId } from 'preact/hooks';
import { chooseModel, draft } from '../../state/draft.ts';
import { isUsable, type ModelEntry, modelNamed, models } from '../../state/models.ts';
import { kindOf, sizeOf, stateOf } from './model-words.ts';
import { Popover } from './popover.tsx';

export function ModelPicker() {
  const name = draft.model.value;
  const all = models.value;
  if (!all?.length) return null;
  const chosen = modelNamed(name);
  return (
    <Popover
      label="Model"
      summary={
        <>
          <b>{name || 'choose a model'}</b>{' '}
          <span class="quiet">
            {chosen ? [sizeOf(chosen), stateOf(chosen)].filter(Boolean).join(', ') : name && 'gone'}
          </span>
        </>
      }
    >
      {(close) => all.map((model) => <Choice key={model.name} model={model} close={close} />)}
    </Popover>
  );
}

/** Arrow keys choose, and leave the list open; a click or Enter closes it. */
function Choice({ model, close }: { readonly model: ModelEntry; readonly close: () => void }) {
  const id = useId();
  const { name, status, error, progress } = model;
  return (
    <div class={`model ${status.toLowerCase()}`}>
      <label>
        <input
          type="radio"
          name="model"
          checked={name === draft.model.value}
          disabled={!isUsable(model)}
          aria-describedby={id}
          onChange={() => chooseModel(name)}
          onClick={({ detail }) => {
            if (detail === 0) return;
            // It is gone before it would be told of its change.
            chooseModel(name);
            close();
          }}
          onKeyDown={({ key }) => key === 'Enter' && close()}
        />
        <b>{name}</b>
      </label>
      <span id={id} class="quiet">
        {[sizeOf(model), kindOf(model), stateOf(model)].filter(Boolean).join(' · ')}
      </span>
      {progress && <progress aria-label={`Loading ${name}`} value={progress.loaded} max={progress.total} />}
      {error && <span class="reason">{error}</span>}
    </div>
  );
}
