/** Starts the page. */
import { render } from 'preact';

render(<main>Tributary</main>, document.getElementById('explorer') as HTMLElement);
