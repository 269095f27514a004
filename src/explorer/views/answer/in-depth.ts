/** A token of an answer as a question of its own. */
import { batch } from '@preact/signals';
import type { AttributionMethod, TargetKind, TokenPartsFragment } from '../../../client/generated/graphql.ts';
import { chooseMethod, draft, writeTokens } from '../../state/draft.ts';
import { explain, view } from '../../state/workspace.ts';

/** Explains the last of these tokens as what comes after the others. */
export function explainLast(
  tokens: readonly TokenPartsFragment[],
  { method, kind }: { readonly method: AttributionMethod; readonly kind: TargetKind },
): void {
  const last = tokens.at(-1);
  if (!last) return;
  batch(() => {
    writeTokens(tokens.slice(0, -1));
    draft.token.value = last;
    draft.against.value = undefined;
    draft.kind.value = kind;
    chooseMethod(method);
    if (view.value === 'prompt') view.value = 'lens';
    explain();
  });
}
