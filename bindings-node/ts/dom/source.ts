/** Bytes that the engine wrote, read from front to back. */

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Bytes of a text up to which a loop is faster than a decoder. */
const SHORT = 24

/** @internal */
export class Source {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get isEmpty(): boolean {
    return this.#at >= this.#bytes.length
  }

  byte(): number {
    return this.#bytes[this.#at++] ?? 0
  }

  /** A number, LEB128. */
  number(): number {
    let [value, scale] = [0, 1]
    for (;;) {
      const byte = this.byte()
      value += (byte & 127) * scale
      if (byte < 128) return value
      scale *= 128
    }
  }

  /** A number that may be negative, zigzag. */
  signed(): number {
    const value = this.number()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  /** A kind in the lowest bits of a byte, and a number in the others, of which the highest says that there is more. */
  packed(bits: number): [kind: number, value: number] {
    const byte = this.byte()
    const most = 255 >> bits
    const small = byte >> bits
    return [byte & ((1 << bits) - 1), small < most ? small : most + this.number()]
  }

  /** A text of so many bytes, by default as many as are said before it. */
  text(length = this.number()): string {
    const from = this.#at
    const end = (this.#at += length)
    if (length > SHORT) return decoder.decode(this.#bytes.subarray(from, end))
    let text = ''
    for (let at = from; at < end; at += 1) {
      const byte = this.#bytes[at] ?? 0
      if (byte > 127) return decoder.decode(this.#bytes.subarray(from, end))
      text += String.fromCharCode(byte)
    }
    return text
  }
}
