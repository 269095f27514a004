/** Flow: the way of tokens through layers and positions, as the model passes them, and which moves matter. */
import { useEffect, useMemo } from 'preact/hooks';
import { Notice, ProblemNotice } from '../../parts/notice.tsx';
import { Panel } from '../../parts/panel.tsx';
import { NoAnswer } from '../../parts/unavailable.tsx';
import type { Explanation } from '../../state/explanation.ts';
import type { ViewProps } from '../view.ts';
import { ReplayBar, ShownToggle, Zoom } from './controls.tsx';
import { Legend } from './legend.tsx';
import { Picture } from './picture.tsx';
import { FlowScreen } from './screen.ts';
import './flow.css';

export function FlowView({ explanation, width }: ViewProps) {
  const screen = useMemo(() => new FlowScreen(explanation), [explanation]);
  useEffect(() => () => screen.dispose(), [screen]);
  useEffect(() => {
    screen.width.value = width;
  }, [screen, width]);
  const flow = screen.flow.value;
  return (
    <Panel
      name="flow"
      title="Flow"
      caption={screen.caption.value}
      controls={
        flow && (
          <>
            <ShownToggle screen={screen} />
            <Zoom screen={screen} />
          </>
        )
      }
      takeaway={
        flow && {
          name: 'flow',
          of: (more) => more.flowTakeaway(explanation, screen),
        }
      }
    >
      {flow ? (
        <>
          <Picture screen={screen} />
          <ReplayBar explanation={explanation} screen={screen} />
          <Legend explanation={explanation} screen={screen} />
        </>
      ) : (
        <Waiting explanation={explanation} />
      )}
      <NotFollowed explanation={explanation} />
    </Panel>
  );
}

function Waiting({ explanation }: { readonly explanation: Explanation }) {
  if (explanation.attribution.problem.value) return <NoAnswer />;
  return <Notice kind="waiting">The picture begins with the first layer that the model passes.</Notice>;
}

/** Why tokens are not followed; what came stays drawn. */
function NotFollowed({ explanation }: { readonly explanation: Explanation }) {
  const { circulation, tracked } = explanation;
  const problem = circulation.value?.problem.value;
  if (!problem) return null;
  return (
    <ProblemNotice problem={problem} again={() => explanation.track(tracked.value)}>
      {tracked.value.length > 1 && (
        <button type="button" onClick={() => explanation.track(tracked.value.slice(0, 1))}>
          Follow one token alone
        </button>
      )}
      <button type="button" onClick={() => explanation.track([])}>
        Follow nothing
      </button>
    </ProblemNotice>
  );
}
