/** The processes that have models run, live. */
import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { Drawer } from '../../parts/drawer.tsx';
import { Notice, ProblemNotice } from '../../parts/notice.tsx';
import { useNow } from '../../parts/now.ts';
import { connected, server } from '../../state/server.ts';
import { FollowedWorkers } from './followed-workers.ts';
import { Worker } from './worker.tsx';
import './workers.css';

/** Milliseconds after which it is said anew how long ago something was. */
const minute = 60_000;

/** @param close closes the drawer that it stands in */
export function WorkerList({ close }: { readonly close: () => void }) {
  const attempt = useSignal(0);
  const followed = useMemo(() => new FollowedWorkers(server, connected), [attempt.value]);
  useEffect(() => {
    void followed.follow();
    return () => followed.leave();
  }, [followed]);
  const now = useNow(minute);
  const { value: workers } = followed.workers;
  const { value: problem } = followed.problem;
  return (
    <Drawer title="Workers" name="workers" close={close}>
      {problem && <ProblemNotice problem={problem} again={() => attempt.value++} />}
      {!workers && !problem && <Notice kind="waiting">Asking for the workers …</Notice>}
      {workers?.length === 0 && (
        <Notice kind="empty">
          No worker is there: nothing is computed until one is started, with <code>npm run worker</code>.
        </Notice>
      )}
      {workers && workers.length > 0 && (
        // biome-ignore lint/a11y/noRedundantRoles: a list without bullets is none to some screen readers
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keys
        <ul role="list" aria-label="Workers, by name" tabIndex={0}>
          {workers.map((worker) => (
            <Worker key={worker.id} worker={worker} now={now} />
          ))}
        </ul>
      )}
    </Drawer>
  );
}
