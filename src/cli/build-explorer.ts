/** Builds the page, as the server does at start. */
import { builtExplorer } from '../build/explorer.ts';

const { folder, seconds, fault } = await builtExplorer();
if (fault === undefined)
  console.log(seconds === undefined ? `${folder} is built already` : `${folder} was built in ${seconds.toFixed(1)} s`);
else {
  console.error(`The page could not be built: ${fault}`);
  process.exitCode = 1;
}
