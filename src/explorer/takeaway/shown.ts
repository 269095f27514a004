/** Of what can be taken along: explanations, or an answer. */
import { createContext } from 'preact';
import type { Source } from './files.ts';

export interface ShownSource {
  readonly question: Source['question'];
  readonly shownRun: Source['run'];
}

export const Shown = createContext<readonly ShownSource[]>([]);
