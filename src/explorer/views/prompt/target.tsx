/** What is explained: why this token, rather than that one, at a position. */

import { visible } from '../../format/token.ts';
import { TokenText } from '../../parts/token.tsx';
import { draft } from '../../state/draft.ts';
import { draftTokens } from '../../state/drafted.ts';
import { edited, explanation } from '../../state/workspace.ts';
import { predicting } from './obstacle.ts';
import { TokenCombobox } from './token-combobox.tsx';
import { openStrip } from './token-strip.tsx';

export function Target() {
  const found = edited.value ? undefined : explanation.value?.attribution.completed.value?.target;
  const top = found && !draft.token.value ? `${visible(found.token)} (top choice)` : 'its top choice';
  return (
    <>
      <span class="clause">
        why
        <TokenCombobox
          label="Token that is explained"
          chosen={draft.token}
          otherwise={top}
          probability={found?.probability}
          field="target.token"
        />
      </span>
      <span class="clause">
        rather than
        <TokenCombobox
          label="Token that it is contrasted with"
          chosen={draft.against}
          otherwise="–"
          field="target.against"
        />
      </span>
      <Position />
    </>
  );
}

function Position() {
  const { tokens } = draftTokens.value;
  const { value: chosen } = draft.position;
  const token = tokens[predicting(tokens, chosen) ?? -1];
  if (!token) return null;
  return (
    <span class="clause">
      after
      <button
        type="button"
        data-field="target.position"
        title="The token that predicts: choose another among the prompt's tokens"
        onClick={openStrip}
      >
        <TokenText token={token} />{' '}
        <span class="quiet">{chosen === undefined ? 'the last' : `position ${chosen}`}</span>
      </button>
      {chosen !== undefined && (
        <button
          type="button"
          class="clear"
          aria-label="Back to the last token"
          onClick={() => {
            draft.position.value = undefined;
          }}
        >
          ×
        </button>
      )}
    </span>
  );
}
