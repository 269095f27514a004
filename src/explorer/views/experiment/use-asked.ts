/**
 * A question of a part of the page: asked when it is first drawn, when it becomes another one, and again when it is told to or a lost
 * connection is back.
 */
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { type Problem, problemOf } from '../../state/problem.ts';
import { connected, server } from '../../state/server.ts';

export interface Asked<Answer> {
  /** Undefined until it is there; while the same is asked again, the one before. */
  readonly answer: Answer | undefined;
  readonly problem: Problem | undefined;
  readonly again: () => void;
}

/** @param variables undefined: nothing is asked */
export function useAsked<Answer, Variables extends Record<string, unknown>>(
  document: TypedDocumentNode<Answer, Variables>,
  variables: Variables | undefined,
): Asked<Answer> {
  const key = JSON.stringify(variables);
  const attempt = useSignal(0);
  const told = useSignal<{ readonly key: string | undefined; readonly answer?: Answer; readonly problem?: Problem }>({
    key: undefined,
  });
  useEffect(() => {
    if (!variables) return;
    const newer = new AbortController();
    server.request(document, variables, { signal: newer.signal }).then(
      (answer) => {
        if (!newer.signal.aborted) told.value = { key, answer };
      },
      (thrown) => {
        // What is there stays, and is asked for again when something changes or the connection is back.
        const isThere = told.value.key === key && told.value.answer !== undefined;
        if (!newer.signal.aborted && !isThere) told.value = { key, problem: problemOf(thrown) };
      },
    );
    return () => newer.abort();
  }, [key, attempt.value]);
  const again = useMemo(
    () => () => {
      attempt.value = attempt.peek() + 1;
    },
    [],
  );
  const wasLost = useRef(false);
  useSignalEffect(() => {
    if (connected.value && wasLost.current) again();
    wasLost.current = !connected.value;
  });
  const { answer, problem } = told.value.key === key ? told.value : {};
  return { answer, problem, again };
}
