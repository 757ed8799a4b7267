import type { FileHandle } from 'node:fs/promises';
import { ContractError } from '../../errors.ts';

const COPY_BUFFER_BYTES = 1024 ** 2;

export type FileAppender = ReturnType<typeof openAppender>;

/** Appends bytes and ranges of other files to a file, in blocks. */
export function openAppender(file: FileHandle) {
  const buffer = Buffer.allocUnsafe(COPY_BUFFER_BYTES);
  let filled = 0;
  let written = 0;

  async function flush(): Promise<void> {
    for (let done = 0; done < filled; ) {
      const { bytesWritten } = await file.write(buffer, done, filled - done, written);
      done += bytesWritten;
      written += bytesWritten;
    }
    filled = 0;
  }

  return {
    get position(): number {
      return written + filled;
    },
    flush,
    async append(bytes: Uint8Array): Promise<void> {
      for (let done = 0; done < bytes.length; ) {
        if (filled === buffer.length) await flush();
        const size = Math.min(bytes.length - done, buffer.length - filled);
        buffer.set(bytes.subarray(done, done + size), filled);
        filled += size;
        done += size;
      }
    },
    async copy(from: FileHandle, start: number, length: number): Promise<void> {
      for (let done = 0; done < length; ) {
        if (filled === buffer.length) await flush();
        const { bytesRead } = await from.read(
          buffer,
          filled,
          Math.min(length - done, buffer.length - filled),
          start + done,
        );
        if (bytesRead === 0) throw new ContractError('A Parquet file became shorter while it was copied');
        filled += bytesRead;
        done += bytesRead;
      }
    },
  };
}
