/**
 * Bears a reader that goes away, as `head` does: without one for the output the process ends, quietly; without one for
 * progress and messages it goes on.
 */
export function bearClosedPipes(): void {
  process.stdout.on('error', (error) => {
    throwUnlessClosed(error);
    process.exit();
  });
  process.stderr.on('error', throwUnlessClosed);
}

function throwUnlessClosed(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
