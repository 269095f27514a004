/** How it is traced back to the tokens, and what is known of each way. */
import { signal } from '@preact/signals';
import type { TargetKind } from '../../../client/generated/graphql.ts';
import { methodNames, methodOf, methods } from '../../format/method.ts';
import { later } from '../../parts/later.tsx';
import { chooseMethod, draft, draftQuestion, takes } from '../../state/draft.ts';
import { beside, compare, edited, explanation } from '../../state/workspace.ts';
import { Popover } from './popover.tsx';

const Options = later((more) => more.MethodOptions);

const kinds: Readonly<Record<TargetKind, string>> = {
  LOGIT: 'its logit',
  LOG_PROBABILITY: 'its log-probability',
  PROBABILITY: 'its probability',
};

/** Also opened to show which of its options was refused. */
export const menuOpened = signal(false);

export function MethodMenu() {
  const method = draft.method.value;
  const kind = draft.kind.value;
  return (
    <span class="clause">
      by
      <Popover
        label="Method and options"
        hint={methods[method].what}
        opened={menuOpened}
        summary={
          <>
            {methods[method].name}
            {kind !== 'LOGIT' && <span class="quiet"> of {kinds[kind]}</span>}
          </>
        }
      >
        {(close) => (
          <>
            {methodNames.map((name) => (
              <label class="method" key={name}>
                <input
                  type="radio"
                  name="method"
                  checked={name === method}
                  onChange={() => chooseMethod(name)}
                  onClick={({ detail }) => {
                    if (detail === 0 || takes(name, 'baseline')) return;
                    // It is gone before it would be told of its change.
                    chooseMethod(name);
                    close();
                  }}
                  onKeyDown={(event) => {
                    if (event.key !== 'Enter' || event.ctrlKey || event.metaKey) return;
                    event.preventDefault();
                    close();
                  }}
                />
                <span>
                  <b>{methods[name].name}</b> <span class="quiet">{methods[name].cost}</span>
                  <br />
                  {methods[name].what}
                </span>
              </label>
            ))}
            <Options kinds={kinds} />
          </>
        )}
      </Popover>
    </span>
  );
}

/** Explains a second question beside the first; each of the two is closed where it stands. */
export function CompareMenu() {
  const shown = explanation.value;
  if (!shown) return null;
  const { question } = shown;
  const own = methodOf(question);
  const other = beside.value && methodOf(beside.value.question);
  const start = (choice: string) => {
    const method = methodNames.find((name) => name === choice);
    const { options: _, ...rest } = question;
    compare(method ? { ...rest, target: shown.target, method } : draftQuestion.value);
  };
  return (
    <label class="clause">
      compare with
      <select
        value={other === undefined || other === own ? '' : other}
        onChange={({ currentTarget }) => start(currentTarget.value)}
      >
        <option value="" disabled>
          choose …
        </option>
        {edited.value && <option value="draft">the edited question</option>}
        {methodNames
          .filter((name) => name !== own)
          .map((name) => (
            <option key={name} value={name} title={methods[name].what}>
              {methods[name].name}
            </option>
          ))}
      </select>
    </label>
  );
}
