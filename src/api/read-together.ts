/** What is asked for one by one while a list is shown, and read in few queries: a page of fifty runs is not fifty reads. */

/** Of one request. @param most ids that one query is asked for */
export function readTogether<Value>(
  read: (ids: readonly string[]) => Promise<ReadonlyMap<string, Value>>,
  most: number,
): (id: string) => Promise<Value | undefined> {
  let waiting: { readonly ids: Set<string>; readonly answers: Promise<ReadonlyMap<string, Value>> } | undefined;
  const begin = () => {
    const ids = new Set<string>();
    // Once all that the same step of the execution asks for has been said.
    const answers = new Promise<void>((resolve) => process.nextTick(resolve)).then(() => {
      if (waiting?.ids === ids) waiting = undefined;
      return read([...ids]);
    });
    return { ids, answers };
  };
  return async (id) => {
    if (!waiting || waiting.ids.size >= most) waiting = begin();
    const { ids, answers } = waiting;
    ids.add(id);
    return (await answers).get(id);
  };
}
