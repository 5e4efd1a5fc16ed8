/** Connects to each server given, with no CI at all, and prints who signed its certificate, or the check that failed. */
import { TrustError } from '../../src/lpa/errors.ts';
import { reachServer } from '../../src/lpa/es9/https.ts';

const anchors = async () => ({ ciPKIds: [], ca: [], allowTestCi: false, strictCi: false });
for (const address of process.argv.slice(2)) {
  try {
    const { trustedBy } = await reachServer({ anchors, env: {} }, address, 'dp');
    console.log(`${address} ${trustedBy}`);
  } catch (error) {
    console.log(`${address} ${error instanceof TrustError ? error.check : error}`);
  }
}
