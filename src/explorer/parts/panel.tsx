/** A view's frame: its heading, a sentence of what is seen, and what can be taken along. */
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { TakeawayMenu } from '../takeaway/menu.tsx';
import type { Takeaway } from '../takeaway/takeaway.ts';
import type { LaterTakeaway } from './later.tsx';
import { Prose } from './prose.tsx';

interface PanelProps {
  /** `flow`: of its style and its file names. */
  readonly name: string;
  readonly title: string;
  /** About this prompt, made from the figures. */
  readonly caption?: ComponentChildren;
  /** At the right of the heading. */
  readonly controls?: ComponentChildren;
  /** Absent as long as there is nothing to take. */
  readonly takeaway?: Takeaway | LaterTakeaway | undefined;
  readonly children: ComponentChildren;
}

export function Panel({ name, title, caption, controls, takeaway, children }: PanelProps) {
  const heading = useId();
  return (
    <section class={`panel ${name}`} aria-labelledby={heading}>
      <header>
        <h2 id={heading}>{title}</h2>
        <div class="controls">
          {controls}
          {takeaway && <TakeawayMenu takeaway={takeaway} />}
        </div>
      </header>
      {caption && <p class="caption">{typeof caption === 'string' ? <Prose text={caption} /> : caption}</p>}
      {children}
    </section>
  );
}
