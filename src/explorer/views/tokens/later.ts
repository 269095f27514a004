/** What is drawn only where it is asked for. */
import { later } from '../../parts/later.tsx';

export const Bars = later(async () => (await import('./bars.tsx')).Bars);
export const FaithfulnessPart = later(async () => (await import('./faithfulness.tsx')).FaithfulnessPart);
