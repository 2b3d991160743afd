/** Largest size of a file after unpacking, in bytes. */
export const maxUnpackedBytes = 2 * 1024 ** 3 - 1;

/** What the first four bytes of a file say. */
export function archiveKind(bytes: Uint8Array): 'gzip' | 'zip' | null {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return 'gzip';
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b && ((bytes[2] === 3 && bytes[3] === 4) || (bytes[2] === 5 && bytes[3] === 6));
  return isZip ? 'zip' : null;
}
