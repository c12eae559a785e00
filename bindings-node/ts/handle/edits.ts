/** Several edits that are to be one mutation. */

import { checkText, toJson, type Json } from '../value.js'
import { counter } from './number.js'

/** What the host of a room may ask of an edit's key. */
export interface EditOptions {
  /** The version that the key must be of, 0 for a key without a value; else the write is refused as `Stale`. */
  readonly ifVersion?: number
}

/** What else may be said about an item that is put into a list. */
export interface InsertOptions extends EditOptions {
  /** Its identity, 16 hexadecimal digits; a fresh one by default. */
  readonly item?: string
}

/** The identities of a list item's neighbours; without, the start or the end. */
export interface Neighbours {
  readonly left?: string | undefined
  readonly right?: string | undefined
}

/** One of several edits; `value` is JSON text. @internal */
export interface EditOp {
  readonly op:
    | 'set' | 'merge' | 'add' | 'delete' | 'expect' | 'insert' | 'remove' | 'move' | 'replace'
    | 'insertItem' | 'removeItem' | 'moveItem' | 'replaceItem'
  readonly key: string
  readonly value?: string
  readonly index?: number
  readonly to?: number
  readonly item?: string
  readonly left?: string
  readonly right?: string
  readonly version?: number
}

/**
 * Edits that are made together by `ClientHandle.batch` or `ServerHandle.roomWrite`: all of them count, or none.
 *
 * Places in a list are those that the edits before make.
 */
export class Edits {
  readonly #edits: EditOp[] = []

  /** How many there are. */
  get length(): number {
    return this.#edits.length
  }

  /** Sets a key. */
  set(key: string, value: Json, options?: EditOptions): this {
    return this.#add('set', key, options, { value: toJson(value) })
  }

  /** Applies a merge patch (RFC 7396) to the object under a key. */
  merge(key: string, patch: Json, options?: EditOptions): this {
    return this.#add('merge', key, options, { value: toJson(patch) })
  }

  /** Adds to the number under a key. */
  add(key: string, amount: Json, options?: EditOptions): this {
    return this.#add('add', key, options, { value: toJson(amount) })
  }

  /** Removes a key. */
  delete(key: string, options?: EditOptions): this {
    return this.#add('delete', key, options)
  }

  /** Changes nothing, and has all be refused if the key is not as its writer saw it. */
  expect(key: string, options?: EditOptions): this {
    return this.#add('expect', key, options)
  }

  /** Puts a value into a list, before the item at this place or at the end. */
  insert(key: string, index: number, value: Json, options?: InsertOptions): this {
    const item = options?.item === undefined ? {} : { item: checkText(options.item, 'item') }
    return this.#add('insert', key, options, { index: counter(index, 'index'), ...item, value: toJson(value) })
  }

  /** Takes the value at this place out of a list. */
  remove(key: string, index: number, options?: EditOptions): this {
    return this.#add('remove', key, options, { index: counter(index, 'index') })
  }

  /** Moves an item within its list; `to` is its place afterwards. */
  move(key: string, from: number, to: number, options?: EditOptions): this {
    return this.#add('move', key, options, { index: counter(from, 'from'), to: counter(to, 'to') })
  }

  /** Gives the item at this place another value. */
  replace(key: string, index: number, value: Json, options?: EditOptions): this {
    return this.#add('replace', key, options, { index: counter(index, 'index'), value: toJson(value) })
  }

  /** Puts an item into a list, between its neighbours. */
  insertItem(key: string, item: string, value: Json, near: Neighbours = {}, options?: EditOptions): this {
    return this.#add('insertItem', key, options, { item: checkText(item, 'item'), ...place(near), value: toJson(value) })
  }

  /** Takes an item out of its list. */
  removeItem(key: string, item: string, options?: EditOptions): this {
    return this.#add('removeItem', key, options, { item: checkText(item, 'item') })
  }

  /** Moves an item between others. */
  moveItem(key: string, item: string, near: Neighbours = {}, options?: EditOptions): this {
    return this.#add('moveItem', key, options, { item: checkText(item, 'item'), ...place(near) })
  }

  /** Gives an item another value. */
  replaceItem(key: string, item: string, value: Json, options?: EditOptions): this {
    return this.#add('replaceItem', key, options, { item: checkText(item, 'item'), value: toJson(value) })
  }

  /** One by one. @internal */
  list(): readonly EditOp[] {
    return this.#edits
  }

  /** As they cross to a backend that takes them as text. @internal */
  toText(): string {
    return `[${this.#edits.map(textOf).join(',')}]`
  }

  #add(op: EditOp['op'], key: string, options: EditOptions | undefined, fields: Partial<EditOp> = {}): this {
    const version = options?.ifVersion === undefined ? {} : { version: counter(options.ifVersion, 'ifVersion') }
    this.#edits.push({ op, key: checkText(key, 'key'), ...fields, ...version })
    return this
  }
}

/** The text of one; what it sets is JSON text already. */
function textOf({ value, ...rest }: EditOp): string {
  const text = JSON.stringify(rest)
  return value === undefined ? text : `${text.slice(0, -1)},"value":${value}}`
}

function place({ left, right }: Neighbours): Partial<EditOp> {
  return {
    ...(left !== undefined && { left: checkText(left, 'left') }),
    ...(right !== undefined && { right: checkText(right, 'right') }),
  }
}
