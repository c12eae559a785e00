/** One WebAssembly instance of the engine: how text, bytes and errors cross, and its end. */

import { codeOf, errorOf, InternalError } from '../errors.js'
import type { WasmModule } from '../source.js'

/** A function of the instance; what it does not take is ignored. */
type Raw = (...args: unknown[]) => unknown

/** What is called: numbers, and big integers where C has 64 bits. Gives a status or a number. */
export type Call = (
  a?: number | bigint, b?: number | bigint, c?: number | bigint, d?: number | bigint, e?: number | bigint,
  f?: number | bigint, g?: number | bigint, h?: number | bigint, i?: number | bigint, j?: number | bigint,
) => number

/** Bytes that arguments are written to without asking for memory. */
const SCRATCH_BYTES = 65_536
/** At the start of them: where the instance puts its error, a number, and a buffer. */
const ERROR = 0
const NUMBER = 8
const BUFFER = 16
const FREE = 32

/** Characters up to which text is taken apart or put together here: an encoder and a decoder take longer to begin. */
const SHORT = 24

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** The functions of the instance and its memory; see `ffi/src/wasm.rs`. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly syncline_wasm_alloc: (bytes: number) => number
  readonly syncline_wasm_free: (place: number, bytes: number) => void
}

/** What the instance calls. */
export interface Host {
  /** The handle of this number has something to poll. */
  wake(number: number): void
}

interface WasmApi {
  Instance: new (module: WasmModule, imports: object) => { readonly exports: object }
}

const { Instance } = (globalThis as unknown as { WebAssembly: WasmApi }).WebAssembly

/**
 * The instance. Memory may grow at every call, so that no view of it is kept over one.
 *
 * A trap ends it: the call that met it throws `Panic`, every later one `Poisoned`.
 *
 * @internal
 */
export class Engine {
  readonly #exports: Exports
  readonly #calls = new Map<string, Call>()
  readonly #scratch: number
  #view: DataView
  #bytes: Uint8Array
  /** Where the next argument is written. */
  #at = FREE
  /** Arguments that were too large, and their bytes. */
  #large: [place: number, bytes: number][] = []
  /** Bytes of the text or the bytes that were written last. */
  length = 0
  /** The handles that want to be woken, also by the end. */
  readonly listeners = new Set<number>()
  readonly #host: Host
  #said = ''
  #end: Error | undefined

  constructor(module: WasmModule, host: Host) {
    this.#host = host
    const imports = {
      syncline: {
        syncline_host_wake: (number: number) => { host.wake(number >>> 0) },
        syncline_host_panic: (place: number, length: number) => {
          this.#said = decoder.decode(new Uint8Array(this.#exports.memory.buffer, place >>> 0, length))
        },
      },
    }
    this.#exports = new Instance(module, imports).exports as Exports
    this.#view = new DataView(this.#exports.memory.buffer)
    this.#bytes = new Uint8Array(this.#exports.memory.buffer)
    this.call('syncline_wasm_start')()
    this.#scratch = this.#alloc(SCRATCH_BYTES)
  }

  /** Why nothing can be called any more, if that is so. */
  get end(): Error | undefined {
    return this.#end
  }

  /** Whether the instance has a function. */
  has(name: string): boolean {
    return name in this.#exports
  }

  /** A function of the instance, which throws once the instance has ended. */
  call(name: string): Call {
    const known = this.#calls.get(name)
    if (known !== undefined) return known
    const raw = (this.#exports as unknown as Record<string, Raw | undefined>)[name]
    if (raw === undefined) throw errorOf('NotFound', `an engine with ${name}`, 'one that was built without it')
    const call: Call = (a, b, c, d, e, f, g, h, i, j) => {
      if (this.#end !== undefined) throw this.#end
      try {
        return raw(a, b, c, d, e, f, g, h, i, j) as number
      } catch (thrown) {
        throw this.#ended(thrown)
      }
    }
    this.#calls.set(name, call)
    return call
  }

  #ended(thrown: unknown): Error {
    const story = this.#said !== '' ? this.#said : String(thrown)
    this.#end = new InternalError('Poisoned', 'an engine that never panicked', story)
    // Whoever asks what there is to do finds out, and need not wait until it makes a call.
    for (const number of this.listeners) this.#host.wake(number)
    return new InternalError('Panic', 'no panic', story)
  }

  /** Memory grows at its own will; then views of it have no bytes any more, and are made anew. Asking the memory itself takes long. */
  #refresh(): void {
    if (this.#bytes.length > 0) return
    const { buffer } = this.#exports.memory
    this.#view = new DataView(buffer)
    this.#bytes = new Uint8Array(buffer)
  }

  /** Begins the arguments of a call. */
  begin(): this {
    this.#at = FREE
    return this
  }

  /** Ends a call: frees what its arguments took. */
  #finish(): void {
    for (const [place, bytes] of this.#large.splice(0)) this.#exports.syncline_wasm_free(place, bytes)
  }

  #alloc(bytes: number): number {
    const place = this.#exports.syncline_wasm_alloc(bytes) >>> 0
    if (place === 0) throw errorOf('TooMany', 'memory', `${bytes} bytes more`)
    return place
  }

  /** A place for an argument of this many bytes. */
  #room(bytes: number): number {
    if (this.#end !== undefined) throw this.#end
    if (bytes <= SCRATCH_BYTES - this.#at) return this.#scratch + this.#at
    const place = this.#alloc(bytes)
    this.#large.push([place, bytes])
    return place
  }

  /** A place for this many bytes, zero, aligned to eight, until the next call begins. */
  struct(bytes: number): number {
    this.#at = (this.#at + 7) & ~7
    const place = this.#room(bytes)
    this.#refresh()
    this.#bytes.fill(0, place, place + bytes)
    if (place === this.#scratch + this.#at) this.#at += bytes
    return place
  }

  /** Writes text for a call; its bytes are in `length`. */
  text(text: string): number {
    const most = text.length * 3
    const place = this.#room(most)
    this.#refresh()
    this.length = text.length <= SHORT && this.#ascii(text, place) ? text.length : encoder.encodeInto(text, this.#bytes.subarray(place, place + most)).written
    if (place === this.#scratch + this.#at) this.#at += this.length
    return place
  }

  /** Writes text that is short and ASCII, as most keys are; says whether it was. */
  #ascii(text: string, place: number): boolean {
    const bytes = this.#bytes
    for (let at = 0; at < text.length; at += 1) {
      const unit = text.charCodeAt(at)
      if (unit > 0x7f) return false
      bytes[place + at] = unit
    }
    return true
  }

  /** Writes bytes for a call; how many is in `length`. */
  bytes(bytes: Uint8Array): number {
    const place = this.#room(bytes.byteLength)
    this.#refresh()
    this.#bytes.set(bytes, place)
    this.length = bytes.byteLength
    if (place === this.#scratch + this.#at) this.#at += this.length
    return place
  }

  /** Where a call puts its error. */
  get error(): number {
    return this.#scratch + ERROR
  }

  /** Where a call puts a number. */
  get number(): number {
    return this.#scratch + NUMBER
  }

  /** Where a call puts a buffer. */
  get buffer(): number {
    return this.#scratch + BUFFER
  }

  /** Judges the status of a call: whether there is something, or nothing; throws its error. */
  ok(status: number): boolean {
    if (this.#large.length > 0) this.#finish()
    if (status >= 0) return status === 0
    throw this.takeError(this.u32(this.error))
  }

  /** What an error of the instance says; frees it. */
  takeError(error: number): Error {
    const code = codeOf(this.call('syncline_error_status')(error))
    const expected = this.#told(this.call('syncline_error_expected')(error, this.number))
    const got = this.#told(this.call('syncline_error_got')(error, this.number))
    this.call('syncline_error_free')(error)
    return errorOf(code, expected, got)
  }

  #told(place: number): string {
    return this.read(place >>> 0, this.u32(this.number))
  }

  u8(place: number): number {
    this.#refresh()
    return this.#view.getUint8(place)
  }

  u32(place: number): number {
    this.#refresh()
    return this.#view.getUint32(place, true)
  }

  i32(place: number): number {
    this.#refresh()
    return this.#view.getInt32(place, true)
  }

  /** A counter: those of the engine end at 2^53 - 1. */
  u64(place: number): number {
    this.#refresh()
    return this.#view.getUint32(place, true) + this.#view.getUint32(place + 4, true) * 0x1_0000_0000
  }

  big(place: number): bigint {
    this.#refresh()
    return this.#view.getBigUint64(place, true)
  }

  setU32(place: number, number: number): void {
    this.#refresh()
    this.#view.setUint32(place, number, true)
  }

  setU64(place: number, number: number): void {
    this.#refresh()
    this.#view.setBigUint64(place, BigInt(number), true)
  }

  setBig(place: number, number: bigint): void {
    this.#refresh()
    this.#view.setBigUint64(place, number, true)
  }

  setBytes(place: number, bytes: Uint8Array): void {
    this.#refresh()
    this.#bytes.set(bytes, place)
  }

  /** Text of the instance. */
  read(place: number, length: number): string {
    this.#refresh()
    if (length <= SHORT) {
      let text = ''
      for (let at = place; at < place + length; at += 1) {
        const byte = this.#bytes[at] ?? 0
        if (byte > 0x7f) return decoder.decode(this.#bytes.subarray(place, place + length))
        text += String.fromCharCode(byte)
      }
      return text
    }
    return decoder.decode(this.#bytes.subarray(place, place + length))
  }

  /** Text of a buffer that stays. */
  textOf(buffer: number): string {
    return this.read(this.u32(buffer), this.u32(buffer + 4))
  }

  /** Bytes of a buffer that stays, copied. */
  bytesOf(buffer: number): Uint8Array {
    const place = this.u32(buffer)
    return this.#bytes.slice(place, place + this.u32(buffer + 4))
  }

  /** The text that a call put into {@link buffer}; frees it. */
  takeText(): string {
    const text = this.textOf(this.buffer)
    this.#freeBuffer()
    return text
  }

  /** The bytes that a call put into {@link buffer}; frees it. */
  takeBytes(): Uint8Array {
    const bytes = this.bytesOf(this.buffer)
    this.#freeBuffer()
    return bytes
  }

  #freeBuffer(): void {
    if (this.u32(this.buffer) !== 0) this.call('syncline_buf_free')(this.buffer)
  }

  /** Memory that stays until it is freed, or the instance ends. */
  keep(bytes: number): number {
    return this.#alloc(bytes)
  }

  free(place: number, bytes: number): void {
    this.#exports.syncline_wasm_free(place, bytes)
  }
}
