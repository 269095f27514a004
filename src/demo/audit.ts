import type { AuditPartsFragment, TargetPartsFragment } from '../client/generated/graphql.ts';
import { bad, bold, good } from './paint.ts';

/** What is explained, e.g. `" Mary" rather than " John"`. */
export function described({ token, against }: TargetPartsFragment): string {
  const rather = against ? ` rather than ${JSON.stringify(against.text)}` : '';
  return bold(`${JSON.stringify(token.text)}${rather}`);
}

/** The line under every answer: does it add up? */
export function audited({ logit, sum, relativeGap, deviation, passed }: AuditPartsFragment): string {
  const verdict = passed ? good('✔ adds up') : bad('✘ does not add up');
  const beside = typeof deviation === 'number' ? `, deviation ${deviation.toExponential(1)}` : '';
  return `Audit: logit ${logit.toFixed(5)}, all parts together ${sum.toFixed(5)}, relative gap ${relativeGap.toExponential(1)}${beside}  ${verdict}`;
}
