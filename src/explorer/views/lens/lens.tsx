/** What the model would say if it ended at some depth, at every position; and how tokens come up through depth. */
import { Panel } from '../../parts/panel.tsx';
import { Unfinished } from '../../parts/unavailable.tsx';
import type { ViewProps } from '../view.ts';
import { LensBody } from './body.tsx';
import './lens.css';

export function LensView({ explanation, width }: ViewProps) {
  const { started, phase } = explanation.attribution;
  const isUnderWay = ['asking', 'waiting', 'running', 'completed'].includes(phase.value);
  if (started.value && isUnderWay) return <LensBody explanation={explanation} started={started.value} width={width} />;
  return (
    <Panel name="lens" title="Lens">
      <Unfinished explanation={explanation} what="What the model would say at each depth" />
    </Panel>
  );
}
