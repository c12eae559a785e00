/** The templates of an engine: what each call site is, once. */

import { invalid } from '../refusal.js'

/** What the engine does for templates. */
export interface Registrar {
  /** Takes a template, by the text around its slots: its number, and what kind each slot is. */
  template(strings: readonly string[]): { readonly id: number; readonly slots: Uint8Array }
  /** What to write for an address that could run a script. */
  harmless(value: string): string
}

/** A slot that holds an attribute. @internal */
export const ATTRIBUTE = 0
/** A slot that holds a property, as JSON. @internal */
export const PROPERTY = 1
/** A slot between tags. @internal */
export const NODE = 2
/** A slot that holds an attribute which the browser goes to. @internal */
export const ADDRESS = 3

/** Characters in front of a slot that an error shows. */
const SHOWN = 40

/** A place for a value in a template. @internal */
export class Slot {
  readonly kind: number
  readonly index: number
  /** Whether a string is written as it is. */
  readonly isPlain: boolean
  readonly #before: string

  constructor(kind: number, index: number, before: string) {
    this.kind = kind
    this.index = index
    this.isPlain = kind === ATTRIBUTE || kind === NODE
    this.#before = before
  }

  /** Where it is, for an error. */
  get place(): string {
    if (this.index < 0) return 'as what the view shows'
    const before = this.#before.length > SHOWN ? `…${this.#before.slice(-SHOWN)}` : this.#before
    return `in slot ${this.index}, behind ${JSON.stringify(before)}`
  }
}

/** The place of what a view shows as a whole. @internal */
export const ROOT = new Slot(NODE, -1, '')

/** What is known of a call site. @internal */
export class Template {
  readonly strings: readonly string[]
  /** What stands in front of an instance of it. */
  readonly head: number
  readonly slots: readonly Slot[]
  /** Whether strings are written as they are in all slots. */
  readonly isPlain: boolean

  constructor(strings: readonly string[], head: number, slots: readonly Slot[]) {
    this.strings = strings
    this.head = head
    this.slots = slots
    this.isPlain = slots.every(slot => slot.isPlain)
  }
}

/** Slots that hold this begin like this, or have no colon: they cannot run anything. */
const PLAIN_ADDRESS = /^(?:https?:|mailto:|tel:|[/?#.])/i

/** The templates that an engine knows; all its views have the same. */
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
    return !value.includes(':') || PLAIN_ADDRESS.test(value) ? value : this.#registrar.harmless(value)
  }

  #take(strings: readonly string[]): Template {
    if (!Array.isArray(strings) || !('raw' in strings)) throw invalid('html in front of a template', 'a call of it')
    const { id, slots } = this.#registrar.template(strings)
    if (slots.length !== strings.length - 1) throw invalid(`kinds of ${strings.length - 1} slots`, String(slots.length))
    const template = new Template(
      strings,
      (id + 3) * 4 + 1,
      Array.from(slots, (kind, index) => new Slot(kind, index, strings[index] as string)),
    )
    this.#known.set(strings, template)
    return template
  }
}
