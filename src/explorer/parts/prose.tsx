/** A sentence in which a quoted token keeps its leading space with it: ' Mary' does not break in two. */
export function Prose({ text }: { readonly text: string }) {
  return (
    <>
      {text.split(/(' [^\s']+')/).map((part, index) =>
        index % 2 === 1 ? (
          // Parts have no name but their place.
          <span class="unbroken" key={index}>
            {part}
          </span>
        ) : (
          part
        ),
      )}
    </>
  );
}
