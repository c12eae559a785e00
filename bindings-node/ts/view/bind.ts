/** What follows from the values of a room: what `bind` gives, and what a view knows of it. */

import { checkNames, invalid } from '../refusal.js'
import { checkText, type Json, toJson } from '../value.js'
import { Result, slotOf } from './result.js'
import type { Registrar, Templates } from './template.js'

/** A change of a value on its way to a screen: its name, or an array of its name and what it takes. */
export type Transform = string | readonly [string, ...(readonly Json[])]

/** How something follows from a value. */
export interface BindOptions {
  /** The name of the room; without it that which the view is about. */
  readonly room?: string
  /** What is done to the value before it is shown, step by step. */
  readonly map?: readonly Transform[]
  /** What is shown for which value, as pairs; for another one nothing. */
  readonly cases?: readonly (readonly [Json, unknown])[]
  /** What is shown for each item of the value, which is a list. */
  readonly each?: EachItem
}

/** How an item of a list is shown. */
export interface EachItem {
  /** What is done to an item to have its key. */
  readonly key?: readonly Transform[]
  /** The template of an item; in each slot is what is done to the item to have what it holds. */
  readonly item: Result
}

/** A value of a room, where it is shown. */
export class Bound {
  /** The key of the value. */
  readonly key: string
  /** @internal */
  readonly value: Json | undefined
  /** @internal */
  readonly options: BindOptions

  /** @internal */
  constructor(key: string, value: Json | undefined, options: BindOptions) {
    this.key = key
    this.value = value
    this.options = options
  }
}

const OPTIONS = ['room', 'map', 'cases', 'each']
const NONE: BindOptions = {}

/**
 * Shows a value of a room, so that a screen can show what an edit of it does before the server has rendered:
 * `bind('count', room.get('count'))`.
 *
 * It stands where text may be: in a slot, an attribute's too, and among the children of `h`; with `cases` or `each`
 * between tags only. Without a value it is null.
 *
 * @throws {SynclineError} `InvalidArgument` for options that there are not.
 */
export function bind(key: string, value: Json | undefined, options: BindOptions = NONE): Bound {
  checkText(key, 'key')
  if (options !== NONE) checkNames('options of bind', options, OPTIONS)
  return new Bound(key, value, options)
}

/** What a view knows of a binding. @internal */
export class Binding {
  readonly number: number
  /** Whether it tells text, or nothing. */
  readonly isText: boolean

  constructor(number: number, isText: boolean) {
    this.number = number
    this.isText = isText
  }
}

/** The bindings of a view. @internal */
export class Bindings {
  readonly #registrar: Registrar
  readonly #templates: Templates
  readonly #plain = new Map<string, Binding>()
  readonly #known = new Map<string, Binding>()

  constructor(registrar: Registrar, templates: Templates) {
    this.#registrar = registrar
    this.#templates = templates
  }

  /** The binding of what is bound. */
  of({ key, options }: Bound): Binding {
    const known = options === NONE ? this.#plain.get(key) : undefined
    if (known !== undefined) return known
    const { room, map, cases, each } = options
    const json = toJson({ room, key, map, cases: cases?.map(([value]) => value), each: each && this.#each(each) })
    const binding =
      this.#known.get(json) ?? new Binding(this.#registrar.bind(json), cases === undefined && each === undefined)
    this.#known.set(json, binding)
    if (options === NONE) this.#plain.set(key, binding)
    return binding
  }

  /** What a binding tells of a value in a slot of this kind: text, null for nothing, or bytes of the whole node. */
  tell(binding: Binding, value: Json | undefined, kind: number): string | null | Uint8Array {
    return this.#registrar.tell(binding.number, value === undefined ? undefined : toJson(value), kind)
  }

  #each({ key, item }: EachItem): object {
    if (!(item instanceof Result)) throw invalid('a template for each item', 'none')
    const { number, slots } = this.#templates.of(item.strings)
    return { template: number, key: key ?? [], slots: slots.map((_, index) => slotOf(item, index)) }
  }
}
