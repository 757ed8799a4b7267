#!/usr/bin/env node
// The sources are TypeScript; tsx lets Node 20 run them as they are.
const tsx = await import('tsx/esm/api').catch((error) => {
  if (error?.code === 'ERR_MODULE_NOT_FOUND') return undefined;
  throw error;
});
if (tsx) {
  tsx.register();
  const { bearClosedPipes } = await import('./closed-pipes.ts');
  bearClosedPipes();
  const { main } = await import('./main.ts');
  process.exitCode = await main(process.argv);
} else {
  process.stderr.write(
    'error: the dependencies are not installed\nremedy: run npm ci in the checkout first\n',
  );
  process.exitCode = 2;
}
