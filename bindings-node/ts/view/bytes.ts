/** Bytes that grow: numbers as LEB128, texts as UTF-8 behind their length. */

/** Bytes that there is room for at first. */
const FIRST = 256
/** Characters up to which a loop is faster than a call out of JavaScript. */
const SHORT = 24
/** Bytes of a number at most. */
const NUMBER = 8
/** Characters above which it pays to count the bytes of a text before there is room made for it. */
const COUNTED = 4096

/** Bytes of a buffer that is kept by whoever wrote it. */
const LARGE = 1 << 13
/** Bytes of a buffer that is kept for whoever needs the next large one. */
const SPARE = 1 << 20

/** A large buffer that nobody writes into: getting a new one costs as much as writing it. */
let spare: Buffer<ArrayBuffer> | undefined

/** A buffer that is written from front to back. @internal */
export class Bytes {
  buffer: Buffer<ArrayBuffer> = Buffer.allocUnsafeSlow(FIRST)
  /** Where the next byte goes. */
  at = 0

  /** Writes one byte. */
  byte(value: number): void {
    if (this.at === this.buffer.length) this.#grow(1)
    this.buffer[this.at] = value
    this.at += 1
  }

  /** Begins anew; what was written stays until the next large text is written anywhere. */
  clear(): void {
    this.at = 0
    const { buffer } = this
    if (buffer.length <= LARGE) return
    this.buffer = Buffer.allocUnsafeSlow(FIRST)
    if (buffer.length <= SPARE && buffer.length > (spare?.length ?? 0)) spare = buffer
  }

  /** Writes bytes as they are. */
  raw(bytes: Uint8Array): void {
    this.#room(bytes.length)
    this.buffer.set(bytes, this.at)
    this.at += bytes.length
  }

  /** Takes the bytes from here on back, and gives a copy of them. */
  cut(from: number): Uint8Array {
    const bytes = new Uint8Array(this.buffer.subarray(from, this.at))
    this.at = from
    return bytes
  }

  /** Puts a number that is too large for it in the place of one byte. */
  widen(from: number, value: number): void {
    const behind = this.cut(from + 1)
    this.at = from
    this.number(value)
    this.raw(behind)
  }

  /** Writes a number of any size. */
  number(value: number): void {
    if (this.at + NUMBER > this.buffer.length) this.#grow(NUMBER)
    const buffer = this.buffer
    let at = this.at
    let rest = value
    while (rest > 127) {
      const low = rest & 127
      buffer[at] = low | 128
      at += 1
      rest = (rest - low) / 128
    }
    buffer[at] = rest
    this.at = at + 1
  }

  /** Writes a text behind `factor` times its length in bytes, plus `more`; the factor is at most 4. */
  text(text: string, factor: number, more: number): void {
    const length = text.length
    if (length > SHORT) return this.#encode(text, factor, more)
    const at = this.at
    if (at + length >= this.buffer.length) this.#grow(length + 1)
    const buffer = this.buffer
    // Without a branch for each character: whether all were ASCII is asked once, behind the loop.
    let all = 0
    for (let index = 0; index < length; index += 1) {
      const code = text.charCodeAt(index)
      all |= code
      buffer[at + 1 + index] = code
    }
    if (all > 127) return this.#encode(text, factor, more)
    buffer[at] = length * factor + more
    this.at = at + 1 + length
  }

  #encode(text: string, factor: number, more: number): void {
    const length = text.length
    this.#room(NUMBER + (length > COUNTED ? Buffer.byteLength(text) : 3 * length))
    const from = this.at
    const guess = from + sizeOf(length * factor + more)
    const bytes = length > SHORT ? this.buffer.write(text, guess) : this.#utf8(text, guess)
    const head = bytes * factor + more
    const start = from + sizeOf(head)
    if (start !== guess) this.buffer.copyWithin(start, guess, guess + bytes)
    this.number(head)
    this.at = start + bytes
  }

  /** Writes the characters of a short text; gives the number of bytes. */
  #utf8(text: string, from: number): number {
    const buffer = this.buffer
    let at = from
    for (let index = 0; index < text.length; index += 1) {
      let code = text.charCodeAt(index)
      if (code < 0x80) {
        buffer[at++] = code
        continue
      }
      if (code < 0x800) {
        buffer[at++] = 0xc0 | (code >> 6)
        buffer[at++] = 0x80 | (code & 63)
        continue
      }
      if (code >= 0xd800 && code < 0xe000) {
        const low = code < 0xdc00 && index + 1 < text.length ? text.charCodeAt(index + 1) : 0
        if (low >= 0xdc00 && low < 0xe000) {
          index += 1
          code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00)
          buffer[at++] = 0xf0 | (code >> 18)
          buffer[at++] = 0x80 | ((code >> 12) & 63)
          buffer[at++] = 0x80 | ((code >> 6) & 63)
          buffer[at++] = 0x80 | (code & 63)
          continue
        }
        code = 0xfffd
      }
      buffer[at++] = 0xe0 | (code >> 12)
      buffer[at++] = 0x80 | ((code >> 6) & 63)
      buffer[at++] = 0x80 | (code & 63)
    }
    return at - from
  }

  #room(more: number): void {
    if (this.at + more > this.buffer.length) this.#grow(more)
  }

  #grow(more: number): void {
    const least = Math.max(2 * this.buffer.length, this.at + more)
    const large = least > LARGE && spare !== undefined && spare.length >= least ? spare : undefined
    if (large !== undefined) spare = undefined
    const grown = large ?? Buffer.allocUnsafeSlow(least)
    this.buffer.copy(grown, 0, 0, this.at)
    this.buffer = grown
  }
}

function sizeOf(value: number): number {
  let size = 1
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) size += 1
  return size
}
