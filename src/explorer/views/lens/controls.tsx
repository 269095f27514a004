/** What the lens shows in its cells, and which further token is followed. */
import type { Signal } from '@preact/signals';
import { useId } from 'preact/hooks';
import type { CellKind } from './cells.ts';
import type { RankScale } from './ranks.ts';

interface CellControlsProps {
  readonly kind: Signal<CellKind>;
  readonly isBetween: Signal<boolean>;
  /** False where no depth lies between attention and MLP. */
  readonly hasBetween: boolean | undefined;
  /** Of the target: `' Mary'`. */
  readonly name: string;
}

export function CellControls({ kind, isBetween, hasBetween, name }: CellControlsProps) {
  return (
    <>
      <select
        aria-label="What cells show"
        value={kind.value}
        onChange={({ currentTarget }) => {
          kind.value = currentTarget.value as CellKind;
        }}
      >
        <option value="top">first choice</option>
        <option value="rank">rank of {name}</option>
        <option value="probability">probability of {name}</option>
        <option value="entropy">entropy (nats)</option>
      </select>
      <label
        title={hasBetween === false ? 'In blocks of this model no depth lies between attention and MLP' : undefined}
      >
        <input
          type="checkbox"
          checked={isBetween.value && hasBetween !== false}
          disabled={hasBetween === false}
          onChange={({ currentTarget }) => {
            isBetween.value = currentTarget.checked;
          }}
        />{' '}
        after attention too
      </label>
    </>
  );
}

interface RankControlsProps {
  readonly scale: Signal<RankScale>;
  readonly follow: (text: string | undefined) => void;
  /** That is followed. */
  readonly followed: string | undefined;
  /** Why it is not. */
  readonly fault: string | undefined;
}

export function RankControls({ scale, follow, followed, fault }: RankControlsProps) {
  const id = useId();
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const { value } = (event.currentTarget as HTMLFormElement).elements.namedItem('token') as HTMLInputElement;
    follow(value || undefined);
  };
  return (
    <form class="rank-controls" onSubmit={submit}>
      <select
        aria-label="Scale"
        value={scale.value}
        onChange={({ currentTarget }) => {
          scale.value = currentTarget.value as RankScale;
        }}
      >
        <option value="rank">rank</option>
        <option value="probability">probability</option>
      </select>
      <label for={id}>another token</label>
      <input
        id={id}
        name="token"
        key={followed}
        value={followed}
        placeholder="with its space"
        size={10}
        autocomplete="off"
        aria-invalid={fault !== undefined}
      />
      <button type="submit">Follow</button>
      {followed !== undefined && (
        <button type="button" aria-label="Follow no other token" onClick={() => follow(undefined)}>
          ✕
        </button>
      )}
      {fault && (
        <span class="fault" role="alert">
          {fault}
        </span>
      )}
    </form>
  );
}
