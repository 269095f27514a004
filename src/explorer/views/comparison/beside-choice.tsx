import { methodName, methodNames, methodOf } from '../../format/method.ts';
import type { Explanation } from '../../state/explanation.ts';
import { compare } from '../../state/workspace.ts';

interface BesideProps {
  readonly explanation: Explanation;
  readonly other: Explanation;
}

/** Which method explains the same target beside the first one. */
export function BesideChoice({ explanation, other }: BesideProps) {
  const [own, shown] = [methodOf(explanation.question), methodOf(other.question)];
  const choose = (name: string) => {
    const method = methodNames.find((one) => one === name);
    const { options: _, ...question } = explanation.question;
    if (method) compare({ ...question, target: explanation.target, method });
  };
  return (
    <label class="beside">
      beside{' '}
      <select value={shown} onChange={({ currentTarget }) => choose(currentTarget.value)}>
        {methodNames
          .filter((method) => method !== own || method === shown)
          .map((method) => (
            <option key={method} value={method}>
              {methodName(method)}
            </option>
          ))}
      </select>
    </label>
  );
}
