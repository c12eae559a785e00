/** Which bytes are taken as frames, records and seeds. */

import { errorOf } from '../errors.js'
import { checkText } from '../value.js'

const encoder = new TextEncoder()

/**
 * Bytes that nobody changes while they are read: shared memory is copied.
 *
 * @internal
 */
export function asBytes(bytes: Uint8Array | string, what: string): Uint8Array {
  if (typeof bytes === 'string') return encoder.encode(checkText(bytes, what))
  if (!(bytes instanceof Uint8Array)) throw errorOf('InvalidArgument', `${what} as a Uint8Array`, typeof bytes)
  return bytes.buffer instanceof ArrayBuffer ? bytes : new Uint8Array(bytes)
}

/** @internal */
export function asBlobs(blobs: readonly Uint8Array[]): Uint8Array[] {
  return blobs.map((blob) => asBytes(blob, 'a blob'))
}
