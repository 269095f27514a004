/** What a view is: a folder with its component, and a line in registry.ts. */
import type { ComponentType } from 'preact';
import type { Explanation } from '../state/explanation.ts';

export interface ViewProps {
  readonly explanation: Explanation;
  /** CSS pixels that there are. */
  readonly width: number;
}

export interface View {
  /** In the address. */
  readonly name: string;
  /** On its tab. */
  readonly title: string;
  readonly component: ComponentType<ViewProps>;
}
