/** What a page was told once: names, templates and bindings by number; and trees that refer to them. */

import { BOUND, ELEMENT, FRAGMENT, HOLE, INSTANCE, Item, RAW, TEXT } from './item.js'
import type { Source } from './source.js'
import { Template } from './template.js'

/** What is in the numbers of nodes beside holes. */
const OTHERS = { fragment: 1, bound: 2, instance: 3 } as const

/** @internal */
export class Table {
  readonly #names: string[] = []
  readonly #templates: Template[] = []
  /** From how many nodes each binding chooses. */
  readonly #choices: number[] = []

  /** Reads what is new, and says each new name. */
  learn(source: Source, named: (name: string) => void): void {
    if (source.number() === 0) return
    for (let left = source.number(); left > 0; left -= 1) {
      const name = source.text()
      this.#names.push(name)
      named(name)
    }
    for (let left = source.number(); left > 0; left -= 1) this.#templates.push(new Template(this.items(source, source.number())))
    for (let left = source.number(); left > 0; left -= 1) {
      const { cases } = JSON.parse(source.text()) as { cases?: readonly unknown[] }
      this.#choices.push(cases?.length ?? 0)
    }
  }

  /** All names. */
  get names(): ReadonlySet<string> {
    return new Set(this.#names)
  }

  name(number: number): string {
    return this.#names[number] ?? ''
  }

  /** Reads so many nodes. */
  items(source: Source, count: number): Item[] {
    const items: Item[] = []
    for (let left = count; left > 0; left -= 1) items.push(this.#item(source))
    return items
  }

  #item(source: Source): Item {
    const head = source.number()
    const number = Math.floor(head / 4)
    switch (head % 4) {
      case TEXT:
        return new Item(TEXT, source.text(number))
      case RAW:
        return new Item(RAW, source.text(number))
      case HOLE:
        return this.#other(source, number)
      default: {
        const attrs: string[] = []
        let key: string | null = null
        for (let left = source.number(); left > 0; left -= 1) {
          const name = source.number()
          const value = source.text()
          if (name === 0) key = value
          else attrs.push(this.name(name), value)
        }
        return new Item(ELEMENT, this.name(number), this.items(source, source.number()), attrs, key)
      }
    }
  }

  #other(source: Source, number: number): Item {
    switch (number) {
      case 0:
        return new Item(HOLE, '')
      case OTHERS.fragment:
        return new Item(FRAGMENT, '', this.items(source, source.number()))
      case OTHERS.bound:
        return new Item(BOUND, '', this.items(source, 1 + (this.#choices[source.number()] ?? 0)))
      default: {
        const template = this.#templates[number - OTHERS.instance]
        const length = source.number()
        const key = length === 0 ? null : source.text(length - 1)
        return new Item(INSTANCE, '', this.items(source, template?.size ?? 0), [], key, template ?? null)
      }
    }
  }
}
