/** Figures that the events of a run lack, added to them: what they told once they tell for ever. */
import type { RunStep } from './types.ts';

/** Of a run every step has another. */
export function placeOf(step: RunStep): string {
  return `${step.type} ${'layer' in step ? step.layer : ''}`;
}

/** What a step tells, with what it lacks of another one's figures; only a list gives way, to a longer one. */
export function withFigures(told: RunStep, other: RunStep | undefined): RunStep {
  const lens = lensOf(other).length > lensOf(told).length ? { lens: lensOf(other) } : {};
  return { ...other, ...told, ...lens } as RunStep;
}

function lensOf(step: RunStep | undefined) {
  return (step && 'lens' in step && step.lens) || [];
}
