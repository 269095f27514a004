/** Of which explanations is what can be taken along. */
import { createContext } from 'preact';
import type { Explanation } from '../state/explanation.ts';

export const Shown = createContext<readonly Explanation[]>([]);
