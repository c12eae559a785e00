/** How outputs are read from the buffer that the engine fills; `src/drain.rs` says how they look. */

import { codeOf, errorOf, type CodeName, type SynclineError } from './errors.js'

/** Bytes of the buffer that all handles share. */
const SHARED_BYTES = 65_536

const shared = new Uint8Array(SHARED_BYTES)

/**
 * Takes all that there is, by as few calls as it fits into buffers.
 *
 * @internal
 */
export function drain<Output>(fill: (buffer: Uint8Array) => number, read: (reader: Reader) => Output): Output[] {
  const outputs: Output[] = []
  let buffer = shared
  for (;;) {
    const filled = fill(buffer)
    if (filled < 0) {
      // Not kept: it is as large as one frame.
      buffer = new Uint8Array(-filled)
      continue
    }
    const reader = new Reader(buffer, filled)
    const more = reader.byte() === 1
    while (reader.hasMore()) outputs.push(read(reader))
    if (!more) return outputs
    buffer = shared
  }
}

// A byte order mark is a character like any other.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Characters up to which text is put together here: a decoder takes longer to begin. */
const SHORT = 24

/** Reads one field after another. @internal */
export class Reader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #end: number
  #at = 0

  constructor(bytes: Uint8Array, end: number) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, end)
    this.#end = end
  }

  hasMore(): boolean {
    return this.#at < this.#end
  }

  byte(): number {
    const byte = this.#view.getUint8(this.#at)
    this.#at += 1
    return byte
  }

  flag(): boolean {
    return this.byte() === 1
  }

  /** Four bytes. */
  small(): number {
    const number = this.#view.getUint32(this.#at, true)
    this.#at += 4
    return number
  }

  /** Eight bytes. */
  large(): number {
    const low = this.small()
    return low + this.small() * 0x1_0000_0000
  }

  /** A code, which there may be none of. */
  codeOrNone(): CodeName | undefined {
    const number = this.#view.getInt32(this.#at, true)
    this.#at += 4
    return number === 0 ? undefined : codeOf(number)
  }

  code(): CodeName {
    return this.codeOrNone() ?? 'Internal'
  }

  error(): SynclineError {
    const code = this.code()
    const expected = this.text()
    return errorOf(code, expected, this.text())
  }

  /** Bytes, copied: the buffer is used again. */
  bytes(): Uint8Array {
    const length = this.small()
    const bytes = this.#bytes.slice(this.#at, this.#at + length)
    this.#at += length
    return bytes
  }

  text(): string {
    const length = this.small()
    const start = this.#at
    this.#at += length
    if (length <= SHORT) {
      let text = ''
      for (let index = start; index < this.#at; index += 1) {
        const byte = this.#bytes[index] ?? 0
        if (byte > 0x7f) return decoder.decode(this.#bytes.subarray(start, this.#at))
        text += String.fromCharCode(byte)
      }
      return text
    }
    return decoder.decode(this.#bytes.subarray(start, this.#at))
  }

  /** Numbers of eight bytes. */
  numbers(): number[] {
    const numbers: number[] = []
    for (let left = this.small(); left > 0; left -= 1) numbers.push(this.large())
    return numbers
  }

  texts(): string[] {
    const texts: string[] = []
    for (let left = this.small(); left > 0; left -= 1) texts.push(this.text())
    return texts
  }
}
