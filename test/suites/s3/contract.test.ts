import { testObjectStore } from '../../lake/object-store-contract.ts';
import { describeServers } from './setup.ts';

describeServers('the contract', (bucket, { name }) => {
  testObjectStore(`S3 (${name})`, () => bucket.openStore());
});
