/** A sum that everybody can check: its terms, what they come to, and what that should be. */
import { exact, rounded, signed } from '../format/number.ts';
import { SignedBar } from './ranked.tsx';
import './balance.css';

export interface Term {
  readonly name: string;
  readonly value: number;
}

interface BalanceProps {
  readonly terms: readonly Term[];
  /** What the terms should come to. */
  readonly whole: Term;
  /** What rounding may leave, of the largest of all. */
  readonly tolerance: number;
  /** A line for each term, with a bar. */
  readonly bars?: boolean;
}

export function Balance({ terms, whole, tolerance, bars }: BalanceProps) {
  const sum = terms.reduce((so, { value }) => so + value, 0);
  const gap = whole.value - sum;
  const largest = Math.max(...[whole, ...terms].map(({ value }) => Math.abs(value)));
  const addsUp = Math.abs(gap) <= tolerance * largest;
  return (
    <p class={bars ? 'balance bars' : 'balance'}>
      {terms.map(({ name, value }) => (
        <span key={name} data-term={name} data-value={value} title={`${name}: ${exact(value)}`}>
          <span>{name}</span> {bars && <SignedBar value={value} largest={largest} />} <b>{signed(value)}</b>
        </span>
      ))}
      <span data-term="sum" data-value={sum} title={`sum: ${exact(sum)}; ${whole.name}: ${exact(whole.value)}`}>
        = <b>{rounded(sum)}</b> {addsUp ? `✓ the ${whole.name}` : `✗ the ${whole.name} is ${rounded(whole.value)}`} (gap{' '}
        {rounded(gap)})
      </span>
    </p>
  );
}
