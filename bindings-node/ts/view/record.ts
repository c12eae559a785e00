/** What a view showed last: the same shape for every template, so that comparing stays fast. */

import type { Binding } from './bind.js'
import type { Mark } from './each.js'
import type { Element, Props } from './element.js'
import type { Tag } from './names.js'
import type { Places } from './places.js'
import type { Result } from './result.js'
import type { Template } from './template.js'

/**
 * What a slot or an item showed: the value itself, if it is a text or nothing; a `Json`; else a record.
 *
 * @internal
 */
export type State = unknown

/** A property that holds an object, which may have changed within since. @internal */
export class Json {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** An instance of a template. @internal */
export class Instance {
  // Declared only, as in `Result`.
  declare readonly template: Template
  /** What it shows, if that is a result that someone keeps. */
  declare source: Result | undefined
  declare s0: State
  declare s1: State
  declare s2: State
  declare s3: State
  declare s4: State
  declare s5: State
  declare s6: State
  declare s7: State
  declare more: State[] | undefined

  constructor(template: Template, result: Result) {
    this.template = template
    this.source = undefined
    this.s0 = result.s0
    this.s1 = result.s1
    this.s2 = result.s2
    this.s3 = result.s3
    this.s4 = result.s4
    this.s5 = result.s5
    this.s6 = result.s6
    this.s7 = result.s7
    this.more = result.more?.slice()
  }

  /** Has a slot hold this. */
  put(index: number, state: State): void {
    switch (index) {
      case 0:
        this.s0 = state
        break
      case 1:
        this.s1 = state
        break
      case 2:
        this.s2 = state
        break
      case 3:
        this.s3 = state
        break
      case 4:
        this.s4 = state
        break
      case 5:
        this.s5 = state
        break
      case 6:
        this.s6 = state
        break
      case 7:
        this.s7 = state
        break
      default:
        ;(this.more as State[])[index - 8] = state
    }
  }
}

/** A list with keys. @internal */
export class List {
  keys: readonly Mark[]
  children: State[]
  /** Where the keys are, if someone had to know. */
  places: Places | undefined = undefined

  constructor(keys: readonly Mark[], children: State[]) {
    this.keys = keys
    this.children = children
  }
}

/** Nodes beside each other that are told apart by their places. @internal */
export class Group {
  children: State[]

  constructor(children: State[]) {
    this.children = children
  }
}

/** Keys of what has none. */
const NO_KEYS: readonly Mark[] = []
/** Children of what is being made. */
const NO_CHILDREN: State[] = []

/** An element by hand. Its keys are those of its children, if some of them have one. @internal */
export class Branch extends List {
  readonly tag: Tag
  readonly key: string | undefined
  /** What its children are; of a leaf, they are those of the element itself. */
  form: number
  /** The string that is all that it has, if its form says so. */
  text: string | undefined = undefined
  /** The object that was given last with other attributes than before. */
  props: Props | undefined
  /** Its names and values in turn, once they are compared with those of another. */
  attrs: unknown[] | undefined = undefined
  /** What it shows, if that is an element that someone keeps. */
  source: Element | undefined = undefined

  constructor(tag: Tag, key: string | undefined, props: Props | undefined, form: number) {
    super(NO_KEYS, NO_CHILDREN)
    this.tag = tag
    this.key = key
    this.props = props
    this.form = form
  }
}

/** What a binding tells, and what it chooses from. @internal */
export class Teller {
  readonly binding: Binding
  /** The value, unless it may change within. */
  value: unknown
  told: string | null | Uint8Array
  /** What it chooses from, behind what it tells. */
  readonly choices: State[]

  constructor(binding: Binding, value: unknown, told: string | null | Uint8Array, choices: State[]) {
    this.binding = binding
    this.value = value
    this.told = told
    this.choices = choices
  }
}
