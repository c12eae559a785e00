/** What JavaScript values are as JSON: which are taken, and which are refused and where. */

import { errorOf, type SynclineError } from './errors.js'

/** A value that a key can hold. */
export type Json = null | boolean | number | string | JsonText | readonly Json[] | { readonly [name: string]: Json | undefined }

/** Levels of nesting of any value. */
const DEPTH_MAX = 64
/** Characters of any value. Far above every limit; it ends what is small because it is shared many times over. */
const LENGTH_MAX = 1 << 24
/** Characters and objects up to which it is worth looking whether a value is plain. */
const PLAIN_MAX = 1 << 20
/** Characters of a string that an error shows. */
const SHOWN = 40

/**
 * A value as JSON text, taken as it is wherever a value is: for what is JSON already, and for what JavaScript would
 * change, such as the order of members whose names are numbers.
 *
 * @example room.set('order', new JsonText('{"2":"b","1":"a"}'))
 */
export class JsonText {
  /** The text. */
  readonly text: string

  /** @throws {ValueRefusedError} `InvalidJson`, `LoneSurrogate`. */
  constructor(text: string) {
    checkText(text, 'JSON text')
    try {
      JSON.parse(text)
    } catch (error) {
      throw errorOf('InvalidJson', 'JSON text', error instanceof Error ? error.message : String(error))
    }
    this.text = text
  }
}

/** Gives the text back, if it is one that every language can hold. @internal */
export function checkText(text: string, what: string): string {
  if (typeof text !== 'string') throw errorOf('InvalidArgument', `${what} as a string`, kindOf(text))
  if (!text.isWellFormed()) throw loneSurrogate(text, what)
  return text
}

/**
 * The JSON text of a value.
 *
 * As `JSON.stringify` does, members that are undefined are left out and `toJSON` is asked. What it would change or lose
 * without a word is refused: numbers that are not finite, functions, symbols, big integers, maps and the like, undefined
 * elsewhere, cycles, surrogates without a partner.
 *
 * @internal
 */
export function toJson(value: unknown): string {
  return isPlain(value, { depth: 0, left: PLAIN_MAX }) ? JSON.stringify(value) : new Writer().write(value, '')
}

/**
 * Whether this is data of which `JSON.stringify`, which is faster, would make the same. What is not may be right
 * nevertheless.
 */
function isPlain(value: unknown, at: { depth: number; left: number }): boolean {
  switch (typeof value) {
    case 'string':
      at.left -= value.length
      return value.isWellFormed()
    case 'number':
      return Number.isFinite(value)
    case 'boolean':
      return true
    case 'object':
      break
    default:
      return false
  }
  if (value === null) return true
  at.depth += 1
  at.left -= 1
  if (at.depth > DEPTH_MAX || at.left < 0 || 'toJSON' in value) return false
  const plain = Array.isArray(value) ? areItemsPlain(value, at) : areMembersPlain(value, at)
  at.depth -= 1
  return plain
}

function areMembersPlain(value: object, at: { depth: number; left: number }): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return false
  for (const name of Object.keys(value)) {
    at.left -= name.length
    if (!name.isWellFormed()) return false
    const member: unknown = (value as Record<string, unknown>)[name]
    if (member !== undefined && !isPlain(member, at)) return false
  }
  return true
}

function areItemsPlain(items: readonly unknown[], at: { depth: number; left: number }): boolean {
  // Not `every`: what is missing in between is undefined too.
  for (let index = 0; index < items.length; index += 1) if (!isPlain(items[index], at)) return false
  return true
}

/** Writes one value; holds where it is. */
class Writer {
  /** The objects and arrays around. */
  readonly #around: object[] = []
  /** The names and places that lead to them. */
  readonly #path: (string | number)[] = []
  #length = 0

  write(value: unknown, name: string | number): string {
    switch (typeof value) {
      case 'string':
        return this.#quoted(value, name)
      case 'number':
        if (!Number.isFinite(value)) throw this.#refused('NumberOutOfRange', 'a finite number', String(value), name)
        return this.#counted(value === 0 ? '0' : String(value))
      case 'boolean':
        return this.#counted(value ? 'true' : 'false')
      case 'object':
        return value === null ? this.#counted('null') : this.#object(value, name)
      default:
        throw this.#refused('InvalidArgument', 'a JSON value', kindOf(value), name)
    }
  }

  #object(value: object, name: string | number): string {
    if (value instanceof JsonText) return this.#counted(value.text)
    if (isBoxed(value)) return this.write(value.valueOf(), name)
    if (!('toJSON' in value) || typeof value.toJSON !== 'function') return this.#nested(value, name)
    const plain: unknown = value.toJSON(String(name))
    return typeof plain === 'object' && plain !== null ? this.#nested(plain, name) : this.write(plain, name)
  }

  #nested(value: object, name: string | number): string {
    if (isForeign(value)) throw this.#refused('InvalidArgument', 'a JSON value', kindOf(value), name)
    if (this.#around.includes(value)) {
      throw this.#refused('InvalidArgument', 'a value without cycles', 'one that contains itself', name)
    }
    if (this.#around.length >= DEPTH_MAX) {
      throw this.#refused('TooDeep', `at most ${DEPTH_MAX} levels`, `${DEPTH_MAX + 1} levels`, name)
    }
    this.#around.push(value)
    this.#path.push(name)
    const text = Array.isArray(value) ? this.#array(value) : this.#members(value)
    this.#path.pop()
    this.#around.pop()
    return text
  }

  #array(items: readonly unknown[]): string {
    let text = this.#counted('[')
    for (let index = 0; index < items.length; index += 1) {
      text += index === 0 ? this.write(items[index], index) : `,${this.write(items[index], index)}`
    }
    return `${text}]`
  }

  #members(members: object): string {
    let text = this.#counted('{')
    for (const name of Object.keys(members)) {
      const value: unknown = (members as Record<string, unknown>)[name]
      if (value === undefined) continue
      if (text !== '{') text += ','
      text += `${this.#quoted(name, name)}:${this.write(value, name)}`
    }
    return `${text}}`
  }

  #quoted(text: string, name: string | number): string {
    if (!text.isWellFormed()) throw loneSurrogate(text, `text${this.#where(name)}`)
    return this.#counted(JSON.stringify(text))
  }

  #counted(text: string): string {
    this.#length += text.length
    if (this.#length <= LENGTH_MAX) return text
    throw errorOf('ValueTooLarge', `at most ${LENGTH_MAX} characters`, 'more')
  }

  #refused(code: 'NumberOutOfRange' | 'InvalidArgument' | 'TooDeep', expected: string, actual: string, name: string | number): SynclineError {
    return errorOf(code, expected, `${actual}${this.#where(name)}`)
  }

  /** The place of what has this name, as in ` at $.items[3]`. */
  #where(name: string | number): string {
    const names = [...this.#path, name].slice(1)
    if (names.length === 0) return ''
    const step = (it: string | number): string => (typeof it === 'number' ? `[${it}]` : `.${shown(it)}`)
    return ` at $${names.map(step).join('')}`
  }
}

function isBoxed(value: object): boolean {
  return value instanceof Number || value instanceof String || value instanceof Boolean
}

/** Whether `JSON.stringify` would make nothing of it without a word. */
function isForeign(value: object): boolean {
  return (
    value instanceof Map ||
    value instanceof Set ||
    value instanceof Promise ||
    value instanceof RegExp ||
    value instanceof Error ||
    value instanceof WeakMap ||
    value instanceof WeakSet ||
    value instanceof ArrayBuffer ||
    ArrayBuffer.isView(value)
  )
}

function kindOf(value: unknown): string {
  if (typeof value === 'object' && value !== null) {
    const name: unknown = value.constructor?.name
    return typeof name === 'string' && name !== '' ? `an object of the class ${shown(name)}` : 'an object'
  }
  return value === undefined || value === null ? String(value) : `a ${typeof value}`
}

function loneSurrogate(text: string, what: string): SynclineError {
  return errorOf('LoneSurrogate', `${what} whose surrogates come in pairs`, `one without its partner at index ${lone(text)}`)
}

/** Where the first surrogate without a partner stands. */
function lone(text: string): number {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.codePointAt(index) ?? 0
    if (code >= 0xd800 && code <= 0xdfff) return index
    if (code > 0xffff) index += 1
  }
  return -1
}

function shown(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN).toWellFormed()}…` : text.toWellFormed()
}

/** What a key holds as a backend gives it: a scalar, a string behind a quotation mark, or JSON text. @internal */
export type Told = undefined | null | boolean | number | string

/** The value of what a backend gave. @internal */
export function fromTold(told: Told): Json | undefined {
  if (typeof told !== 'string') return told
  return told.charCodeAt(0) === 0x22 ? told.slice(1) : (JSON.parse(told) as Json)
}
