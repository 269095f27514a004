/** Which tokens are followed through the layers. */
import type { Explanation } from '../../state/explanation.ts';

/** Follows this one too, or no longer. What comes after the predicting token is not read, and cannot be followed. */
export function follow(explanation: Explanation, position: number, predicts: number): void {
  const tracked = explanation.tracked.value;
  if (tracked.includes(position)) explanation.track(tracked.filter((one) => one !== position));
  else if (position <= predicts) explanation.track([...tracked, position]);
}
