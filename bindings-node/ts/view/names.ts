/** The names of elements and attributes that a view knows, and their numbers. */

import type { Bytes } from './bytes.js'
import { NODE, type Registrar, Slot } from './template.js'

/** Where the children of an element are, as the index of a slot. */
const WITHIN = -2

/** Objects with attributes that are remembered for each name. */
const REMEMBERED = 8

/** The name of an element. @internal */
export class Tag {
  readonly name: string
  /** What stands in front of an element of this name. */
  readonly head: number
  /** The place of what is in it. */
  readonly within: Slot
  /** Which attribute was in which place last. */
  readonly #attrs: Attr[] = []
  /** Objects with attributes that were written last, and the bytes of those that came twice. */
  readonly #props: (object | undefined)[] = new Array<undefined>(REMEMBERED).fill(undefined)
  readonly #bytes: (Uint8Array | undefined)[] = new Array<undefined>(REMEMBERED).fill(undefined)
  #next = 0

  constructor(name: string, number: number) {
    this.name = name
    this.head = number * 4 + 2
    this.within = new Slot(NODE, WITHIN, name)
  }

  /** The attribute of this name, which is in this place. */
  attr(names: Names, name: string, place: number): Attr {
    const known = this.#attrs[place]
    return known?.name === name ? known : (this.#attrs[place] = names.attr(name))
  }

  /** What was written for the very same object. */
  written(props: object): Uint8Array | undefined {
    const at = this.#props.indexOf(props)
    return at < 0 ? undefined : this.#bytes[at]
  }

  /** Remembers what is written for an object, from here on. */
  keep(props: object, bytes: Bytes, from: number): void {
    const at = this.#props.indexOf(props)
    if (at >= 0) {
      this.#bytes[at] = new Uint8Array(bytes.buffer.subarray(from, bytes.at))
      return
    }
    this.#props[this.#next] = props
    this.#bytes[this.#next] = undefined
    this.#next = (this.#next + 1) % REMEMBERED
  }
}

/** The name of an attribute or a property. @internal */
export class Attr {
  readonly name: string
  readonly number: number
  readonly isProperty: boolean
  /** Whether some values would run a program. */
  readonly isSuspect: boolean
  /** Whether a string is written as it is. */
  readonly isPlain: boolean

  constructor(name: string, told: number) {
    this.name = name
    this.number = told >> 1
    this.isProperty = name.startsWith('.')
    this.isSuspect = (told & 1) === 1
    this.isPlain = !this.isProperty && !this.isSuspect
  }

  /** Where it is, for an error. */
  get place(): string {
    return `in the attribute ${this.name}`
  }
}

/** The names of a view. @internal */
export class Names {
  readonly #registrar: Registrar
  readonly #tags = new Map<string, Tag>()
  readonly #attrs = new Map<string, Attr>()
  /** Siblings often have the same name. */
  #last: Tag | undefined

  constructor(registrar: Registrar) {
    this.#registrar = registrar
  }

  /** The name of an element. */
  tag(name: string): Tag {
    const last = this.#last
    if (last?.name === name) return last
    const tag = this.#tags.get(name) ?? new Tag(name, this.#registrar.tag(name))
    if (!this.#tags.has(name)) this.#tags.set(name, tag)
    return (this.#last = tag)
  }

  /** The name of an attribute or a property. */
  attr(name: string): Attr {
    const known = this.#attrs.get(name)
    if (known !== undefined) return known
    const attr = new Attr(name, this.#registrar.attribute(name))
    this.#attrs.set(name, attr)
    return attr
  }

  /** The value that an attribute may have. */
  safe(attr: Attr, value: string): string {
    return attr.isSuspect ? this.#registrar.harmless(attr.name, value) : value
  }
}
