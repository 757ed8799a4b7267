const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const END_BYTES = 22;
/** 1980-01-01 00:00, the first time that a ZIP can hold. */
const FIRST_DATE = 0x0021;

/** Gives every file in a ZIP archive the same time, so that the same content is the same bytes. Changes `zip` in place. */
export function fixZipTimes(zip: Uint8Array): Uint8Array {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  const end = zip.byteLength - END_BYTES;
  if (end < 0 || view.getUint32(end, true) !== END_SIGNATURE)
    throw new Error('not a ZIP archive without comment');
  let entry = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left -= 1) {
    if (view.getUint32(entry, true) !== ENTRY_SIGNATURE) throw new Error('a broken ZIP directory');
    const file = view.getUint32(entry + 42, true);
    for (const timeAt of [entry + 12, file + 10]) {
      view.setUint16(timeAt, 0, true);
      view.setUint16(timeAt + 2, FIRST_DATE, true);
    }
    const lengths = [28, 30, 32].map((offset) => view.getUint16(entry + offset, true));
    entry += 46 + lengths.reduce((sum, length) => sum + length, 0);
  }
  return zip;
}
