/** A view's frame: its heading, a sentence of what is seen, and what can be taken along. */
import { type ComponentChildren, createContext } from 'preact';
import { useContext, useId } from 'preact/hooks';
import { TakeawayMenu } from '../takeaway/menu.tsx';
import type { Takeaway } from '../takeaway/takeaway.ts';
import type { LaterTakeaway } from './later.tsx';
import { Prose } from './prose.tsx';

/** Of the heading that names whose views these are, where two explanations stand side by side. */
export const Whose = createContext<string | undefined>(undefined);

interface PanelProps {
  /** `flow`: of its style and its file names. */
  readonly name: string;
  readonly title: string;
  /** On the title, for those who point at it. */
  readonly hint?: string;
  /** About this prompt, made from the figures. */
  readonly caption?: ComponentChildren;
  /** At the right of the heading. */
  readonly controls?: ComponentChildren;
  /** Absent as long as there is nothing to take. */
  readonly takeaway?: Takeaway | LaterTakeaway | undefined;
  readonly children: ComponentChildren;
}

export function Panel({ name, title, hint, caption, controls, takeaway, children }: PanelProps) {
  const heading = useId();
  const whose = useContext(Whose);
  return (
    <section class={`panel ${name}`} aria-labelledby={whose ? `${whose} ${heading}` : heading}>
      <header>
        <h2 id={heading} title={hint}>
          {title}
        </h2>
        {controls && <div class="controls">{controls}</div>}
        {takeaway && <TakeawayMenu takeaway={takeaway} />}
      </header>
      {caption && <p class="caption">{typeof caption === 'string' ? <Prose text={caption} /> : caption}</p>}
      {children}
    </section>
  );
}
