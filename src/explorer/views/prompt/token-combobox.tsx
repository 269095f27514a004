/** A token of the vocabulary: one of the likeliest, or what a text may mean. */
import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useId, useMemo } from 'preact/hooks';
import { exact, percent, rounded } from '../../format/number.ts';
import { quoted, visible } from '../../format/token.ts';
import { TokenText } from '../../parts/token.tsx';
import { type ChosenToken, draft, draftPrompt } from '../../state/draft.ts';
import { latest } from '../../state/latest.ts';
import { askChoices } from './ask-choices.ts';
import { type Candidate, typedText } from './choices.ts';
import { keepInWindow } from './popover.tsx';

/** Milliseconds without a further key. */
const askAfter = 80;

interface TokenComboboxProps {
  readonly label: string;
  readonly chosen: Signal<ChosenToken | undefined>;
  /** What holds while nothing is chosen. */
  readonly otherwise: string;
  /** Of the chosen one, where it is known: from 0 to 1. */
  readonly probability?: number | undefined;
  /** The argument that it stands for. */
  readonly field: string;
}

export function TokenCombobox({ label, chosen, otherwise, probability, field }: TokenComboboxProps) {
  const id = useId();
  const open = useSignal(false);
  /** Undefined: as it was chosen. */
  const typed = useSignal<string | undefined>(undefined);
  const active = useSignal(-1);
  const asked = useMemo(
    () =>
      latest({
        question: () =>
          open.value && draft.text.value
            ? {
                model: draft.model.value,
                prompt: draftPrompt.value,
                position: draft.position.value ?? -1,
                text: typed.value ?? '',
              }
            : undefined,
        ask: askChoices,
        delay: askAfter,
      }),
    [],
  );
  useEffect(() => asked.end, []);
  const { answer, pending, problem } = asked.state.value;
  const offered = answer?.offered ?? [];

  const close = () => {
    open.value = false;
    typed.value = undefined;
    active.value = -1;
  };
  const choose = (token: ChosenToken | undefined) => {
    chosen.value = token;
    close();
  };
  /** What was typed, as far as it is known what it means. */
  const commit = () => {
    const text = typed.value;
    const candidate = offered[active.value];
    if (text === '' && !candidate) choose(undefined);
    else if (pending && text) choose({ text });
    else if (candidate) choose(chosenOf(candidate));
    else close();
  };
  const leave = () => {
    // What was only looked at, and what means several tokens, is not chosen by going away.
    if (typed.value === undefined || (answer?.note && !pending)) close();
    else commit();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      active.value = open.value ? (active.value + step + offered.length) % (offered.length || 1) : -1;
      open.value = true;
    } else if (event.key === 'Enter' && open.value) {
      commit();
      if (event.ctrlKey || event.metaKey) return;
    } else if (event.key === 'Escape' && open.value) {
      event.stopPropagation();
      close();
    } else return;
    event.preventDefault();
  };
  const token = chosen.value;
  const shown = typed.value ?? (token ? visible({ special: false, ...token }) : '');
  return (
    <span class="combobox">
      <input
        role="combobox"
        aria-label={label}
        aria-autocomplete="list"
        aria-expanded={open.value}
        aria-controls={id}
        aria-activedescendant={open.value && active.value >= 0 ? `${id}-${active.value}` : undefined}
        autocomplete="off"
        spellcheck={false}
        data-field={field}
        placeholder={otherwise}
        size={Math.max(3, (shown || otherwise).length)}
        value={shown}
        onFocus={({ currentTarget }) => currentTarget.select()}
        onClick={() => {
          open.value = true;
        }}
        onInput={({ currentTarget }) => {
          typed.value = typedText(currentTarget.value);
          open.value = true;
          active.value = typed.value ? 0 : -1;
        }}
        onKeyDown={onKeyDown}
        onBlur={leave}
      />
      {probability !== undefined && typed.value === undefined && (
        <span class="quiet" title={exact(probability)}>
          {percent(probability)}
        </span>
      )}
      {token && (
        <button type="button" class="clear" aria-label={`Clear: ${label}`} onClick={() => choose(undefined)}>
          ×
        </button>
      )}
      {open.value && (
        <div class="popped" ref={(element) => keepInWindow(element)}>
          {!answer && (
            <p class="quiet">
              {problem?.message ?? (draft.text.value ? 'Asking the model …' : 'First write a prompt.')}
            </p>
          )}
          {answer?.note && <p class="quiet">{answer.note}</p>}
          <div role="listbox" id={id} aria-label={label} aria-busy={pending}>
            {offered.map((candidate, index) => (
              <Option
                key={candidate.token.tokenId}
                id={`${id}-${index}`}
                candidate={candidate}
                isActive={index === active.value}
                choose={() => choose(chosenOf(candidate))}
              />
            ))}
          </div>
        </div>
      )}
    </span>
  );
}

interface OptionProps {
  readonly id: string;
  readonly candidate: Candidate;
  readonly isActive: boolean;
  readonly choose: () => void;
}

function Option({ id, candidate: { token, probability, rank }, isActive, choose }: OptionProps) {
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the combobox
    // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox has the keys
    <div
      role="option"
      id={id}
      aria-selected={isActive}
      data-token-id={token.tokenId}
      title={`${quoted(token)}, id ${token.tokenId}${rank === null ? '' : `, rank ${rank}`}`}
      onPointerDown={(event) => event.preventDefault()}
      onClick={choose}
      ref={(element) => {
        if (isActive) element?.scrollIntoView({ block: 'nearest' });
      }}
    >
      <TokenText token={token} />
      {probability !== null && (
        <span class="number" title={exact(probability)}>
          {probability < 0.001 ? `${rounded(probability * 100)} %` : percent(probability)}
        </span>
      )}
    </div>
  );
}

function chosenOf({ token: { text, tokenId, special } }: Candidate): ChosenToken {
  return { text, tokenId, special };
}
