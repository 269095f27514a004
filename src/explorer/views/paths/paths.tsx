/** Paths. */
import { Panel } from '../../parts/panel.tsx';
import type { ViewProps } from '../view.ts';
import './paths.css';

export function PathsView({ explanation }: ViewProps) {
  return (
    <Panel name="paths" title="Paths">
      {explanation.attribution.phase.value}
    </Panel>
  );
}
