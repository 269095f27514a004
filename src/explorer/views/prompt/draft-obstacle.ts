/** Why the draft, as it stands, cannot be asked. */
import { computed } from '@preact/signals';
import { draft } from '../../state/draft.ts';
import { draftTokens } from '../../state/drafted.ts';
import { modelNamed, models } from '../../state/models.ts';
import { obstacle } from './obstacle.ts';

export const draftObstacle = computed(() => {
  const { tokens, pending } = draftTokens.value;
  return obstacle({
    models: models.value,
    model: modelNamed(draft.model.value),
    text: draft.text.value,
    // Those of an earlier text say nothing of this one.
    tokens: pending ? [] : tokens,
  });
});
