/** Trees that a step tells part by part, as what `html`, `each`, `h` and `bind` give. */

import { number } from './edits.mjs'
import { Vain } from './link.mjs'

const optional = (word) => (word === '-' ? undefined : word)

/** What opens, with what is in it so far. */
class Open {
  children = []

  constructor(make, more = {}) {
    this.make = make
    Object.assign(this, more)
  }
}

/** Makes what a view renders of the parts of a step. */
export class Drawing {
  #engine
  #templates
  #bindings
  /** The nodes that are open, the roots first. */
  #open = [new Open((children) => children)]

  constructor(engine, { templates, bindings }) {
    this.#engine = engine
    this.#templates = templates
    this.#bindings = bindings
  }

  /** Takes the parts; all of them, also after one that is refused. */
  draw(words) {
    let refused
    while (!words.isEmpty) {
      try {
        this.#part(words.next(), words)
      } catch (error) {
        if (error instanceof Vain) throw error
        refused ??= error
      }
    }
    if (refused !== undefined) throw refused
    if (this.#open.length > 1) throw this.#wrong('a tree whose elements are closed')
    const [roots] = this.#open
    if (roots.children.length !== 1) throw new Vain(`${roots.children.length} roots`)
    return roots.children[0]
  }

  get #last() {
    return this.#open.at(-1)
  }

  #wrong(expected, code = 'InvalidArgument') {
    return new this.#engine.SynclineError(code, expected, 'something else')
  }

  #put(node) {
    if (this.#last.isRaw) throw this.#wrong('nothing beside raw HTML')
    this.#last.children.push(node)
  }

  #part(verb, words) {
    const { fragment, h, html, raw } = this.#engine.views
    switch (verb) {
      case 'open': {
        const tag = words.next()
        const props = {}
        return this.#open.push(new Open((children) => h(tag, props, ...children), { props }))
      }
      case 'attr':
      case 'key':
        return this.#attr(verb === 'key' ? 'key' : words.next(), words.next())
      case 'text':
        return this.#put(words.next())
      case 'hole':
        return this.#put(null)
      case 'raw':
        if (!this.#isBare()) throw this.#wrong('an open element without children, for raw HTML')
        this.#put(raw(words.next()))
        this.#last.isRaw = true
        return undefined
      case 'fragment':
        return this.#open.push(new Open((children) => this.#beside(children, fragment)))
      case 'instance': {
        const [id, key] = [number(words.next()), optional(words.next())]
        return this.#open.push(
          new Open((children) => this.#keyed(html(this.#template(id, children.length), ...children), key)),
        )
      }
      case 'row': {
        const [id, key, count] = [number(words.next()), optional(words.next()), number(words.next())]
        const slots = Array.from({ length: count }, () => words.next())
        return this.#put(this.#keyed(html(this.#template(id, count), ...slots), key))
      }
      case 'bound':
      case 'choice':
        return this.#bound(verb, number(words.next()), optional(words.next()))
      case 'close':
        return this.#close()
      default:
        throw new Vain(`${verb}: no part of a tree`)
    }
  }

  #isBare() {
    return this.#last.props !== undefined && this.#last.children.length === 0
  }

  #attr(name, value) {
    const { props } = this.#last
    const isLate = name === 'key' && Object.keys(props ?? {}).length > 0
    if (!this.#isBare() || isLate || Object.hasOwn(props, name)) throw this.#wrong('an open element without children')
    props[name] = name.startsWith('.') ? new this.#engine.JsonText(value) : value
  }

  #template(id, count) {
    const strings = this.#templates.get(id)
    if (strings === undefined) throw this.#wrong('a template of the view', 'NotFound')
    if (count !== strings.length - 1) throw this.#wrong('a node for each slot')
    return strings
  }

  /** A row with its key, for the fragment around it. */
  #keyed(row, key) {
    return key === undefined ? row : { key, row }
  }

  #beside(children, fragment) {
    const { each } = this.#engine.views
    const isList = children.length > 0 && children.every((child) => child?.row !== undefined)
    return isList
      ? each(
          children,
          ({ key }) => key,
          ({ row }) => row,
        )
      : fragment(...children)
  }

  #bound(verb, id, json) {
    const { bind } = this.#engine.views
    const { key, room, map, cases = [], each } = this.#bindings.get(id) ?? {}
    if (key === undefined) throw this.#wrong('a binding of the view', 'NotFound')
    const value = json === undefined ? undefined : new this.#engine.JsonText(json)
    const given = Object.fromEntries(Object.entries({ room, map }).filter(([, it]) => it !== undefined))
    if (each !== undefined)
      given.each = {
        key: each.key,
        item: this.#engine.views.html(this.#template(each.template, each.slots.length), ...each.slots),
      }
    if (verb === 'bound') return this.#put(bind(key, value, given))
    return this.#open.push(
      new Open((nodes) => bind(key, value, { ...given, cases: cases.map((it, nth) => [it, nodes[nth]]) })),
    )
  }

  #close() {
    if (this.#open.length === 1) throw this.#wrong('an open element, to close')
    const { make, children } = this.#open.pop()
    this.#put(make(children))
  }
}
