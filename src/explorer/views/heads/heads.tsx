/** Heads. */
import { Panel } from '../../parts/panel.tsx';
import type { ViewProps } from '../view.ts';
import './heads.css';

export function HeadsView({ explanation }: ViewProps) {
  return (
    <Panel name="heads" title="Heads">
      {explanation.attribution.phase.value}
    </Panel>
  );
}
