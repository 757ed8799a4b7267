#!/usr/bin/env node
// The sources are TypeScript; tsx lets Node 20 run them as they are.
import { register } from 'tsx/esm/api';

register();
const { main } = await import('./main.ts');
process.exitCode = await main(process.argv);
