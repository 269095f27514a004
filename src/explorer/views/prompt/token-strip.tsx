/** The prompt as the model reads it: its tokens, of which one predicts. */
import { computed, signal, useSignal } from '@preact/signals';
import { Component } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { TokenPartsFragment } from '../../../client/generated/graphql.ts';
import { quoted } from '../../format/token.ts';
import { TokenText } from '../../parts/token.tsx';
import { draft } from '../../state/draft.ts';
import { draftTokens } from '../../state/drafted.ts';
import { modelNamed } from '../../state/models.ts';
import { chosen, hovered } from '../../state/selection.ts';
import { answer, edited, explanation } from '../../state/workspace.ts';
import { contextOf, predicting } from './obstacle.ts';
import { chunked, sameChunk, type TokenChunk } from './token-chunks.ts';

const isOpened = signal(false);

/** The answer's own tokens stand below: those of the draft are shown where it asks something else, or on demand. */
export const stripShown = computed(
  () => isOpened.value || edited.value || (answer.value ?? explanation.value?.attribution)?.started.value === undefined,
);

/** Shows them, and goes to the one that predicts. */
export function openStrip(): void {
  isOpened.value = true;
  // When it is drawn.
  requestAnimationFrame(() => document.querySelector<HTMLElement>('.token-strip [tabindex="0"]')?.focus());
}

/** How many tokens the draft has; shows and hides them. */
export function StripToggle() {
  const { tokens } = draftTokens.value;
  if (tokens.length === 0 || (stripShown.value && !isOpened.value)) return null;
  return (
    <button
      type="button"
      class="strip-toggle quiet"
      aria-expanded={isOpened.value}
      onClick={() => {
        if (isOpened.value) isOpened.value = false;
        else openStrip();
      }}
    >
      {counted(tokens.length)} <span aria-hidden="true">{isOpened.value ? '▴' : '▾'}</span>
    </button>
  );
}

export function TokenStrip() {
  const ids = useSignal(false);
  const strip = useRef<HTMLDivElement>(null);
  const { tokens, pending, problem } = draftTokens.value;
  const context = contextOf(modelNamed(draft.model.value));
  const predicts = predicting(tokens, draft.position.value);
  const emphasised = edited.value ? undefined : chosen.value.position;
  useLayoutEffect(() => {
    // Who writes at the end sees the end.
    if (strip.current && draft.position.peek() === undefined) strip.current.scrollTop = strip.current.scrollHeight;
  }, [tokens]);
  if (problem) return <p class="quiet wrong">{problem.message}</p>;
  const chunks = chunked(tokens, { predicts, emphasised, ids: ids.value, context });
  return (
    <div class="token-strip" hidden={!stripShown.value}>
      <div
        role="listbox"
        aria-label="Tokens of the prompt; the chosen one predicts what comes next"
        aria-busy={pending}
        ref={strip}
        onClick={({ target }) => predictAt(positionOf(target))}
        onKeyDown={(event) => {
          if (event.key === 'Enter' || event.key === ' ') predictAt(positionOf(event.target));
          else if (!move(event.key, event.target as HTMLElement)) return;
          event.preventDefault();
        }}
        onPointerOver={({ target }) => point(positionOf(target))}
        onPointerLeave={() => point(undefined)}
        onFocusIn={({ target }) => point(positionOf(target))}
        onFocusOut={() => point(undefined)}
      >
        {chunks.map((chunk, index) => (
          <Chunk key={index} {...chunk} />
        ))}
      </div>
      <p class="quiet">
        <Count count={tokens.length} context={context} />
        {tokens.length > 0 && (
          <>
            <span>
              <span class="mark">→</span> predicts what comes next; choose another to ask what comes after it
            </span>
            <label>
              <input
                type="checkbox"
                checked={ids.value}
                onChange={({ currentTarget }) => {
                  ids.value = currentTarget.checked;
                }}
              />
              ids
            </label>
          </>
        )}
      </p>
    </div>
  );
}

function Count({ count, context }: { readonly count: number; readonly context: number }) {
  if (count === 0) return null;
  const words = counted(count);
  if (count <= context) return <span>{words}</span>;
  return (
    <span class="wrong">
      {words}: the model reads at most {context}
    </span>
  );
}

function counted(count: number): string {
  return `${count} ${count === 1 ? 'token' : 'tokens'}`;
}

/** Drawn anew only where its own tokens are others: a key in a long prompt changes one chunk of many. */
class Chunk extends Component<TokenChunk> {
  override shouldComponentUpdate(next: TokenChunk): boolean {
    return !sameChunk(this.props, next);
  }

  override render({ tokens, predicts, emphasised, ids, context }: TokenChunk) {
    return tokens.map((token) => {
      const { position } = token;
      const isPredicting = position === predicts;
      const names = [
        'token',
        isPredicting && 'predicts',
        position === emphasised && 'emphasised',
        position >= context && 'beyond',
      ];
      return (
        <span
          key={position}
          role="option"
          class={names.filter(Boolean).join(' ')}
          aria-selected={isPredicting}
          tabIndex={isPredicting ? 0 : -1}
          data-position={position}
          title={titleOf(token)}
        >
          <TokenText token={token} />
          {ids && <small>{token.tokenId}</small>}
        </span>
      );
    });
  }
}

function titleOf(token: TokenPartsFragment): string {
  return `${quoted(token)}, position ${token.position}, id ${token.tokenId}`;
}

function predictAt(position: number | undefined): void {
  if (position === undefined) return;
  const isLast = position === draftTokens.value.tokens.length - 1;
  draft.position.value = isLast ? undefined : position;
}

function point(position: number | undefined): void {
  if (edited.value) return;
  hovered.value = position === undefined ? {} : { position };
}

function positionOf(target: EventTarget | null): number | undefined {
  const { position } = (target as HTMLElement).closest<HTMLElement>('[data-position]')?.dataset ?? {};
  return position === undefined ? undefined : Number(position);
}

function move(key: string, from: HTMLElement): boolean {
  const { parentElement: all } = from;
  const to = {
    ArrowLeft: from.previousElementSibling,
    ArrowRight: from.nextElementSibling,
    Home: all?.firstElementChild,
    End: all?.lastElementChild,
  }[key];
  if (to === undefined) return false;
  (to as HTMLElement | null)?.focus();
  return true;
}
