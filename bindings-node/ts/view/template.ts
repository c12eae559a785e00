/** The templates of an engine: what each call site is, once. */

import { invalid } from '../refusal.js'

/** What the engine does for a view that is compared here. */
export interface Registrar {
  /** Takes a template, by the text around its slots: its number, and what kind each slot is. */
  template(strings: readonly string[]): { readonly id: number; readonly slots: ArrayLike<number> }
  /** The number of an element's name. */
  tag(name: string): number
  /** Twice the number of an attribute's name, and 1 more if some values would run a program. */
  attribute(name: string): number
  /** What to write as an attribute of this name, the value of which could run a program. */
  harmless(name: string, value: string): string
  /** The number of the binding that JSON tells. */
  bind(json: string): number
  /** What a binding tells of a value in a slot of this kind: text, null for nothing, or bytes of the whole node. */
  tell(binding: number, json: string | undefined, kind: number): string | null | Uint8Array
}

/** A slot that holds an attribute. @internal */
export const ATTRIBUTE = 0
/** A slot that holds a property, as JSON. @internal */
export const PROPERTY = 1
/** A slot between tags. @internal */
export const NODE = 2
/** A slot that holds an attribute which the browser goes to. @internal */
export const ADDRESS = 3
/** A slot that holds a property which the browser goes to, as JSON. @internal */
export const ADDRESS_PROPERTY = 4

/** The index of what a view shows as a whole. */
const WHOLE = -1
/** Characters in front of a slot that an error shows. */
const SHOWN = 40

/** A place for a value in a template. @internal */
export class Slot {
  readonly kind: number
  readonly index: number
  /** Whether a string is written as it is. */
  readonly isPlain: boolean
  /** Whether a value is written as JSON. */
  readonly isProperty: boolean
  readonly #before: string

  constructor(kind: number, index: number, before: string) {
    this.kind = kind
    this.index = index
    this.isPlain = kind === ATTRIBUTE || kind === NODE
    this.isProperty = kind === PROPERTY || kind === ADDRESS_PROPERTY
    this.#before = before
  }

  /** Where it is, for an error. */
  get place(): string {
    if (this.index === WHOLE) return 'as what the view shows'
    if (this.index < 0) return `in <${this.#before}>`
    const before = this.#before.length > SHOWN ? `…${this.#before.slice(-SHOWN)}` : this.#before
    return `in slot ${this.index}, behind ${JSON.stringify(before)}`
  }
}

/** The place of what a view shows as a whole. @internal */
export const ROOT = new Slot(NODE, WHOLE, '')

/** What is known of a call site. @internal */
export class Template {
  readonly strings: readonly string[]
  readonly number: number
  /** What stands in front of an instance of it. */
  readonly head: number
  readonly slots: readonly Slot[]
  /** Whether strings are written as they are in all slots. */
  readonly isPlain: boolean

  constructor(strings: readonly string[], number: number, slots: readonly Slot[]) {
    this.strings = strings
    this.number = number
    this.head = (number + 3) * 4 + 1
    this.slots = slots
    this.isPlain = slots.every(slot => slot.isPlain)
  }
}

/** Slots that hold this begin like this, or have no colon: they cannot run anything. */
const PLAIN_ADDRESS = /^(?:https?:|mailto:|tel:|[/?#.])/i

/** The templates that a view knows. */
export class Templates {
  readonly #registrar: Registrar
  readonly #known = new WeakMap<readonly string[], Template>()
  /** Rows of a list come from one call site, one after the other. */
  #last = new Template([], 0, [])

  constructor(registrar: Registrar) {
    this.#registrar = registrar
  }

  /** The template of a call site. @internal */
  of(strings: readonly string[]): Template {
    const last = this.#last
    if (last.strings === strings) return last
    return (this.#last = this.#known.get(strings) ?? this.#take(strings))
  }

  /** What to write for an address. @internal */
  address(value: string): string {
    return !value.includes(':') || PLAIN_ADDRESS.test(value) ? value : this.#registrar.harmless('href', value)
  }

  /** What to write for the JSON of a property that is an address. @internal */
  addressJson(json: string): string {
    return this.#registrar.harmless('.href', json)
  }

  #take(strings: readonly string[]): Template {
    if (!Array.isArray(strings) || !('raw' in strings)) throw invalid('html in front of a template', 'a call of it')
    const { id, slots } = this.#registrar.template(strings)
    if (slots.length !== strings.length - 1) throw invalid(`kinds of ${strings.length - 1} slots`, String(slots.length))
    const template = new Template(
      strings,
      id,
      Array.from(slots, (kind, index) => new Slot(kind, index, strings[index] as string)),
    )
    this.#known.set(strings, template)
    return template
  }
}
