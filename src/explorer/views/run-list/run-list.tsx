/** The list of stored runs, live. */
import './run-list.css';

/** @param close closes the drawer that it stands in */
export function RunList({ close }: { readonly close: () => void }) {
  return (
    <button type="button" onClick={close}>
      Close
    </button>
  );
}
