/** One run of the list: what it was asked, how it stands, and what can be done with it. */
import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { ago, exactTime } from '../../format/time.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { modelNamed } from '../../state/models.ts';
import { linkTo } from '../../state/workspace.ts';
import { isUnderWay, type ListedRun, labelOf, progressOf } from './label.ts';

export interface RunActions {
  readonly open: (id: string) => void;
  readonly beside: (id: string) => void;
  readonly repeat: (id: string) => void;
  readonly cancel: (id: string) => void;
  readonly remove: (id: string) => void;
  readonly share: (id: string, shared: boolean) => void;
}

interface RowProps {
  readonly run: ListedRun;
  readonly now: number;
  readonly isShown: boolean;
  /** Characters of the prompt that there is room for. */
  readonly longest: number;
  readonly actions: RunActions;
}

export function RunRow({ run, now, isShown, longest, actions }: RowProps) {
  const asks = useSignal(false);
  const { prompt, target, kind } = labelOf(run, longest);
  return (
    <>
      <button type="button" class="run" aria-current={isShown} onClick={() => actions.open(run.id)}>
        <span class="of" title={run.input.prompt.text ?? undefined}>
          {prompt}
        </span>
        <span class="target">
          <span>{target}</span>
          <time dateTime={run.createdAt} title={exactTime(run.createdAt)}>
            {ago(run.createdAt, now)}
          </time>
        </span>
        <span class="how">
          {kind} · {run.modelName} · <Status run={run} />
        </span>
      </button>
      {asks.value ? (
        <Asked isShown={isShown} remove={() => actions.remove(run.id)} keep={() => (asks.value = false)} />
      ) : (
        <div class="actions">
          {run.kind !== 'GENERATION' && (
            <button type="button" onClick={() => actions.beside(run.id)}>
              Open beside
            </button>
          )}
          <CopyButton text={() => linkTo({ run: run.id, selection: {} })}>Copy link</CopyButton>
          <button type="button" onClick={() => actions.repeat(run.id)}>
            Repeat
          </button>
          {run.owner !== null && (
            <button
              type="button"
              aria-pressed={run.shared}
              title="Others who may read find it by its link; they cannot change it"
              onClick={() => actions.share(run.id, !run.shared)}
            >
              {run.shared ? 'Shared' : 'Share'}
            </button>
          )}
          {isUnderWay(run) ? (
            <button type="button" onClick={() => actions.cancel(run.id)}>
              Cancel
            </button>
          ) : (
            <button type="button" onClick={() => (asks.value = true)}>
              Delete
            </button>
          )}
        </div>
      )}
    </>
  );
}

function Status({ run }: { readonly run: ListedRun }) {
  const name = run.status.toLowerCase();
  if (run.status === 'QUEUED') return <span>{run.queue ? `${name}, number ${run.queue.position}` : name}</span>;
  if (run.status !== 'RUNNING')
    return (
      <span class={name} title={run.error?.message}>
        {name}
      </span>
    );
  const model = modelNamed(run.modelName);
  const share = progressOf(run, model && 'layerCount' in model ? model.layerCount : undefined);
  return (
    <span class="running">
      {name} {share === undefined ? null : <progress max={1} value={share} aria-label="told so far" />}
    </span>
  );
}

interface AskedProps {
  readonly isShown: boolean;
  readonly remove: () => void;
  readonly keep: () => void;
}

function Asked({ isShown, remove, keep }: AskedProps) {
  const first = useRef<HTMLButtonElement>(null);
  // Before anybody can press another key: the button that asked is gone.
  useLayoutEffect(() => first.current?.focus(), []);
  return (
    <fieldset class="actions">
      <legend>{isShown ? 'It is the one shown. Delete it?' : 'Delete it for good?'}</legend>
      <button type="button" ref={first} onClick={keep}>
        Keep
      </button>
      <button type="button" class="danger" onClick={remove}>
        Delete
      </button>
    </fieldset>
  );
}
