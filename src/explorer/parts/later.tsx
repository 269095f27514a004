/** Parts of the page whose code is fetched when one of them is first drawn: what is not looked at is not loaded. */
import { signal } from '@preact/signals';
import type { ComponentType, JSX } from 'preact';
import type { Takeaway } from '../takeaway/takeaway.ts';
import { ProblemNotice } from './notice.tsx';

export type More = typeof import('../more.ts');

/** What can be taken along, made by code that is fetched with the menu's. */
export interface LaterTakeaway {
  readonly name: string;
  readonly of: (more: More) => Takeaway;
}

/** A script that is fetched when one of its parts is first drawn. */
export function laterScript<Script>(load: () => Promise<Script>) {
  /** Undefined until it is there. */
  const script = signal<Script | undefined>(undefined);
  const failed = signal(false);
  let isAsked = false;
  const ask = async (): Promise<void> => {
    if (isAsked) return;
    isAsked = true;
    try {
      script.value = await load();
    } catch {
      failed.value = true;
    }
  };
  const later = <Props extends object>(part: (script: Script) => ComponentType<Props>): ComponentType<Props> =>
    function Later(props: Props & JSX.IntrinsicAttributes) {
      void ask();
      const Part = script.value && part(script.value);
      if (Part) return <Part {...props} />;
      return failed.value ? <Missing /> : null;
    };
  return { script, later };
}

let load: () => Promise<More> = () => Promise.reject();

/** Said once, by whoever starts the page: what is in it need not know all of its parts. */
export function laterBy(loadMore: () => Promise<More>): void {
  load = loadMore;
}

export const { script: more, later } = laterScript(() => load());

/** The server may be away, or may have been started anew with another version of the page, which is read again then. */
function Missing() {
  const problem = { code: 'CONNECTION', message: 'This part of the page could not be fetched.' };
  return <ProblemNotice problem={problem} again={() => location.reload()} />;
}
