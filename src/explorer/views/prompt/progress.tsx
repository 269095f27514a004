/** A question that is under way: where it stands, and how to stop it. */
import { useNow } from '../../parts/now.ts';
import type { Explanation } from '../../state/explanation.ts';
import { modelNamed } from '../../state/models.ts';
import { stop } from '../../state/stop.ts';
import { beside } from '../../state/workspace.ts';
import { standing } from './standing.ts';

/** Milliseconds between two looks at the clock. */
const lookEvery = 500;

export function isUnderWay({ attribution }: Explanation): boolean {
  return ['asking', 'waiting', 'running'].includes(attribution.phase.value);
}

export function Progress({ explanation }: { readonly explanation: Explanation }) {
  const { attribution, question } = explanation;
  const { words, done, total } = standing(
    {
      phase: attribution.phase.value,
      queue: attribution.run.value?.queue,
      model: modelNamed(question.model),
      started: attribution.started.value,
      passed: attribution.passed.value.length,
      attributed: attribution.attributed.value.filter(Boolean).length,
      done: attribution.done.value,
    },
    useNow(lookEvery),
  );
  const whose = explanation === beside.value ? 'Beside: ' : '';
  return (
    <div class="under-way">
      <span class="quiet">
        {whose}
        {words}
      </span>
      <progress aria-label={`${whose}${words}`} value={done} max={total} />
      <button type="button" disabled={attribution.phase.value === 'asking'} onClick={() => void stop(explanation)}>
        Stop
      </button>
    </div>
  );
}
