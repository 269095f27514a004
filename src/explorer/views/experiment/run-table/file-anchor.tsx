/** A file of runs to take along. */
import { fetchAuthorized } from '../../../state/authorized.ts';
import { key } from '../../../state/key.ts';
import { type Problem, problemOf } from '../../../state/problem.ts';
import { download } from '../../../takeaway/png.ts';
import type { FileLink } from './taken.ts';

interface FileAnchorProps {
  readonly link: FileLink;
  readonly onProblem: (problem: Problem) => void;
}

/** Followed as any link; where the page has a key, which no address may have, it is fetched first. */
export function FileAnchor({ link: { label, href }, onProblem }: FileAnchorProps) {
  const fetched = async (event: Event) => {
    if (key() === undefined) return;
    event.preventDefault();
    try {
      const response = await fetchAuthorized(href);
      if (!response.ok) return onProblem(((await response.json()) as { readonly error: Problem }).error);
      const [, name = 'tributary-runs'] =
        /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '') ?? [];
      download(await response.blob(), name);
    } catch (thrown) {
      onProblem(problemOf(thrown));
    }
  };
  return (
    <a href={href} download onClick={fetched}>
      {label}
    </a>
  );
}
