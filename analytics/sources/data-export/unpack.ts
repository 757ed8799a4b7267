import { createReadStream, createWriteStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { Decompress } from 'fzstd';
import { InputError } from '../../errors.ts';

/**
 * Unpacks a compressed file, to its verified end: a stream that was cut off would otherwise pass for a shorter bill.
 *
 * @throws InputError where the stream ends too early or is damaged.
 */
export async function unpack(file: string, format: 'gzip' | 'zstd', target: string): Promise<void> {
  const decompress = format === 'gzip' ? createGunzip() : createZstdDecompress();
  try {
    await pipeline(createReadStream(file), decompress, createWriteStream(target));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall !== undefined) throw error;
    throw new InputError(`the ${format} stream ends too early or is damaged (${(error as Error).message})`, {
      where: file,
      remedy: 'Copy the file again. Nothing was imported.',
      cause: error,
    });
  }
}

/** Node has zstd of its own from version 22.15 on; this serves the older ones as well. */
function createZstdDecompress(): Transform {
  let output: Transform;
  const decoder = new Decompress((chunk) => output.push(chunk));
  const NOTHING = new Uint8Array(0);
  output = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      attempt(() => decoder.push(chunk), done);
    },
    flush(done) {
      attempt(() => decoder.push(NOTHING, true), done);
    },
  });
  return output;
}

function attempt(action: () => void, done: (error?: Error) => void): void {
  try {
    action();
  } catch (error) {
    done(error as Error);
    return;
  }
  done();
}
