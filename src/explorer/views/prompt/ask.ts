/** Asks what stands in the prompt; where something is in the way, whoever asks is led to it. */
import { draftObstacle } from './draft-obstacle.ts';
import { menuOpened } from './method-menu.tsx';

/** @param form of the prompt */
export function askIn(form: HTMLElement, ask: () => void): void {
  menuOpened.value = false;
  if (draftObstacle.value) form.querySelector('textarea')?.focus();
  else ask();
}
