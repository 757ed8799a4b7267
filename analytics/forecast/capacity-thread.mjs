// A thread does not inherit the loader that runs TypeScript as it stands.
import { register } from 'tsx/esm/api';

register();
await import('./capacity-worker.ts');
