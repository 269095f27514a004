/** All experiments: what each is to find out, and what its runs come to. */
import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { ago, exactTime } from '../../format/time.ts';
import { plain } from '../../format/token.ts';
import { Notice, ProblemNotice } from '../../parts/notice.tsx';
import { useNow } from '../../parts/now.ts';
import { Panel } from '../../parts/panel.tsx';
import { audits, counted, scoresByMethod } from './aggregates.ts';
import { createExperiment } from './changes.ts';
import { DescriptionForm } from './description.tsx';
import { go } from './go.ts';
import { ListedExperiments } from './listed-experiments.ts';
import { placeOf, writePlace } from './place.ts';

/** Milliseconds without a key after which a name is looked for. */
const pause = 250;
/** Milliseconds after which it is said anew how long ago something was. */
const minute = 60_000;

export function ExperimentList() {
  const name = useSignal('');
  const tag = useSignal('');
  const isMaking = useSignal(false);
  const attempt = useSignal(0);
  const list = useMemo(
    () => new ListedExperiments({ ...(name.value && { name: name.value }), ...(tag.value && { tag: tag.value }) }),
    [name.value, tag.value, attempt.value],
  );
  useEffect(() => void list.more(), [list]);
  const { value: experiments } = list.rows;
  const { value: problem } = list.problem;
  const isFiltered = name.value !== '' || tag.value !== '';
  return (
    <Panel
      name="experiment-list"
      title="Experiments"
      caption="An experiment is a set of runs under a name: of one question over many prompts, targets, methods or models."
      controls={
        <>
          <Search find={(text) => (name.value = text)} />
          {tag.value && (
            <button type="button" aria-label={`All tags, not ${tag.value} alone`} onClick={() => (tag.value = '')}>
              {tag.value} ×
            </button>
          )}
          <button type="button" class="primary" onClick={() => (isMaking.value = true)}>
            New experiment
          </button>
        </>
      }
    >
      {isMaking.value && (
        <DescriptionForm
          action="Make experiment"
          close={() => (isMaking.value = false)}
          keep={async (described) => {
            const refused = await createExperiment(described);
            if (!refused) go({ ...placeOf(described.name), shown: 'sweeps' });
            return refused;
          }}
        />
      )}
      {problem && <ProblemNotice problem={problem} again={() => attempt.value++} />}
      {!experiments && !problem && <Notice kind="waiting">Reading the list …</Notice>}
      {experiments?.length === 0 && !isMaking.value && (
        <None isFiltered={isFiltered} make={() => (isMaking.value = true)} />
      )}
      {experiments && experiments.length > 0 && <Rows list={list} choose={(chosen) => (tag.value = chosen)} />}
    </Panel>
  );
}

function Search({ find }: { readonly find: (text: string) => void }) {
  const text = useSignal('');
  useEffect(() => {
    const timer = setTimeout(() => find(text.value.trim()), pause);
    return () => clearTimeout(timer);
  }, [text.value]);
  return (
    <input
      type="search"
      aria-label="Part of the name"
      placeholder="Part of the name"
      value={text.value}
      onInput={({ currentTarget }) => (text.value = currentTarget.value)}
    />
  );
}

function None({ isFiltered, make }: { readonly isFiltered: boolean; readonly make: () => void }) {
  if (isFiltered) return <Notice kind="empty">No experiment is called or tagged like that.</Notice>;
  return (
    <Notice kind="empty">
      <p>
        There is none yet. Make one, then ask a question over many prompts in it; or name one in any request, as{' '}
        <code>experiment: "names"</code>.
      </p>
      <p class="ways-out">
        <button type="button" onClick={make}>
          Make the first
        </button>
      </p>
    </Notice>
  );
}

function Rows({ list, choose }: { readonly list: ListedExperiments; readonly choose: (tag: string) => void }) {
  const now = useNow(minute);
  return (
    <div class="scrolled">
      <table class="figures" aria-label="Experiments, newest first">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col" class="number">
              Runs
            </th>
            <th scope="col">Mean score by method (logits)</th>
            <th scope="col">Audits passed</th>
            <th scope="col">Made</th>
          </tr>
        </thead>
        <tbody>
          {list.rows.value?.map(({ id, name, description, tags, createdAt, aggregates }) => (
            <tr key={id}>
              <th scope="row">
                <a
                  href={writePlace(placeOf(name))}
                  onClick={(event) => {
                    // In another tab, or here.
                    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
                    event.preventDefault();
                    go(placeOf(name));
                  }}
                >
                  {plain(name)}
                </a>{' '}
                {tags.map((tag) => (
                  <button
                    type="button"
                    key={tag}
                    class="tag"
                    title="Only those with this tag"
                    onClick={() => choose(tag)}
                  >
                    {plain(tag)}
                  </button>
                ))}
                {description && <p class="about">{plain(description)}</p>}
              </th>
              <td class="number">{counted(aggregates.count)}</td>
              <td>
                {scoresByMethod(aggregates)
                  .map((of) => `${of.name} ${of.score}`)
                  .join(', ') || '–'}
              </td>
              <td>{audits(aggregates)}</td>
              <td>
                <time dateTime={createdAt} title={exactTime(createdAt)}>
                  {ago(createdAt, now)}
                </time>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {!list.isWhole.value && (
        <button type="button" onClick={() => void list.more()}>
          Show more
        </button>
      )}
    </div>
  );
}
