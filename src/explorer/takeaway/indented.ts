/** GraphQL as it is read: indented by the brackets that are open, whether it was or not. */
export function indented(text: string): string {
  let depth = 0;
  return text.replace(/^ *(.*)$/gm, (_, line: string) => {
    if (/^[})]/.test(line)) depth--;
    const written = line && '  '.repeat(depth) + line;
    if (/[{(]$/.test(line)) depth++;
    return written;
  });
}
