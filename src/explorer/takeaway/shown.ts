/** Of which explanation is what can be taken along. */
import { createContext } from 'preact';
import type { Explanation } from '../state/explanation.ts';

export const Shown = createContext<Explanation | undefined>(undefined);
