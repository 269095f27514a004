/** One worker: how busy it is, its memory, and which models it has. */
import { useId } from 'preact/hooks';
import type { WorkerPartsFragment } from '../../../client/generated/graphql.ts';
import { exactTime } from '../../format/time.ts';
import { stateOf } from '../prompt/model-words.ts';
import { aboutOf, busyOf, memoryOf } from './words.ts';

interface WorkerProps {
  readonly worker: WorkerPartsFragment;
  readonly now: number;
}

export function Worker({ worker, now }: WorkerProps) {
  const heading = useId();
  const { name, memory, models, startedAt } = worker;
  return (
    <li aria-labelledby={heading}>
      <header>
        <h3 id={heading}>{name}</h3>
        <span class={worker.running > 0 ? 'busy' : 'idle'}>{busyOf(worker)}</span>
      </header>
      <div class="memory">
        <span>Memory</span>
        <meter aria-label={`Memory of ${name}`} max={memory.total} value={memory.used}>
          {memoryOf(worker)}
        </meter>
        <span>{memoryOf(worker)}</span>
      </div>
      {models.length === 0 ? (
        <p class="about">It has no model: its models folder is empty.</p>
      ) : (
        <table>
          <caption class="visually-hidden">Models of {name}</caption>
          <tbody>
            {models.map((model) => (
              <Model key={model.name} model={model} />
            ))}
          </tbody>
        </table>
      )}
      <p class="about" title={exactTime(startedAt)}>
        {aboutOf(worker, now)}
      </p>
    </li>
  );
}

function Model({ model }: { readonly model: WorkerPartsFragment['models'][number] }) {
  const { name, status, progress, weights, error } = model;
  return (
    <tr>
      <th scope="row">{name}</th>
      <td class={status.toLowerCase()} title={error ?? undefined}>
        {stateOf(model)}
        {weights && status === 'READY' && `, ${weights.toLowerCase()}`}
        {progress && <progress max={progress.total} value={progress.loaded} aria-label={`Loading ${name}`} />}
      </td>
    </tr>
  );
}
