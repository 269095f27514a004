/** What a job is expected to take, and what is said of one that would take too much. */

import type { Weights } from '../../onnx/weights.ts';

/** Bytes and seconds. */
export interface Estimate {
  readonly tokens: number;
  readonly weights: number;
  readonly activations: number;
  /** 0 for what is loaded already. */
  readonly loadTime: number;
  readonly runTime: number;
  /** Infinity: none. */
  readonly memoryBudget: number;
  readonly timeBudget: number;
}

export function memoryIn({ weights, activations }: Estimate): number {
  return weights + activations;
}

export function timeIn({ loadTime, runTime }: Estimate): number {
  return loadTime + runTime;
}

export function isWithin(estimate: Estimate): boolean {
  return memoryIn(estimate) <= estimate.memoryBudget && timeIn(estimate) <= estimate.timeBudget;
}

/**
 * Both figures, both budgets, and what would be right.
 * @param estimate of a job that is over one of them, with its weights `held` so @param lighter what would take less, in words
 */
export function refusal(estimate: Estimate, held: Weights, lighter: readonly string[]): string {
  const { memoryBudget, timeBudget, weights } = estimate;
  const memory = `${gigabytes(memoryIn(estimate))} of memory${limit(memoryIn(estimate), memoryBudget, gigabytes, 'MAX_MODEL_MEMORY')}`;
  const time = `${seconds(timeIn(estimate))}${limit(timeIn(estimate), timeBudget, seconds, 'MAX_RUN_TIME')}`;
  // Packed without room they are by the setting alone.
  const lean =
    held === 'PACKED' && memoryIn(estimate) > memoryBudget ? ['weights that are held lean (WEIGHTS=auto)'] : [];
  const less = [...lean, ...(weights > memoryBudget ? ['a smaller model'] : lighter)].join(', ');
  const raised = [
    ...(memoryIn(estimate) > memoryBudget ? ['MAX_MODEL_MEMORY'] : []),
    ...(timeIn(estimate) > timeBudget ? ['MAX_RUN_TIME'] : []),
  ];
  return `This needs about ${memory}, and about ${time}. Less would take: ${less}. Or allow more by ${raised.join(' and ')}`;
}

function limit(amount: number, budget: number, text: (amount: number) => string, setting: string): string {
  if (budget === Number.POSITIVE_INFINITY) return '';
  return `, ${amount > budget ? 'more than' : 'within'} the ${text(budget)} that ${setting} allows`;
}

function gigabytes(bytes: number): string {
  return `${Number((bytes / 1e9).toPrecision(3))} GB`;
}

function seconds(amount: number): string {
  return `${Number(amount.toPrecision(2))} s`;
}
