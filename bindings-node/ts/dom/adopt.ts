/** Which nodes that a page has already show which item: those that a server sent as HTML, or that showed what was before. */

import type { Properties } from './attribute.js'
import { BOUND, ELEMENT, FRAGMENT, HOLE, type Item, RAW, shown, TEXT } from './item.js'
import { type Maker, namespaceOf } from './make.js'
import { move } from './move.js'
import { valueOf } from './template.js'

/** Properties that HTML says as attributes. */
const SAID = new Set(['.value', '.checked', '.selected', '.disabled'])

const ELEMENT_NODE = 1
const TEXT_NODE = 3
const COMMENT_NODE = 8

/** Goes through the children of an element: takes what fits, makes what is missing, and leaves nothing else. */
class Walk {
  readonly #maker: Maker
  readonly #around: Element
  #node: ChildNode | null
  /** The last one was text: a comment keeps it apart from the next. */
  #isText = false
  /** The elements whose keys are known, by these. */
  #keyed: Map<string, ChildNode> | undefined
  /** Names of which there is no element any more whose key is not known. */
  readonly #none = new Set<string>()

  constructor(maker: Maker, around: Element) {
    this.#maker = maker
    this.#around = around
    this.#node = around.firstChild
  }

  text(text: string): Text {
    if (this.#isText && this.#is(COMMENT_NODE)) this.#node = this.#node?.nextSibling ?? null
    this.#isText = true
    const known = this.#node as Text | null
    // No HTML has a text of nothing.
    if (text === '' || !this.#is(TEXT_NODE) || known === null) return this.#put(this.#around.ownerDocument.createTextNode(text))
    if (known.data !== text) known.data = text
    this.#node = known.nextSibling
    return known
  }

  comment(): Comment {
    this.#isText = false
    const known = this.#node as Comment | null
    if (!this.#is(COMMENT_NODE) || known === null || known.data !== '') return this.#put(this.#around.ownerDocument.createComment(''))
    this.#node = known.nextSibling
    return known
  }

  /**
   * The element with this key, or the next of this name whose key is not known, or a new one; and what puts it into the page once
   * it has what it is to have.
   */
  element(name: string, key: string | null): [element: Element, put: () => void] {
    this.#isText = false
    const { keys } = this.#maker
    const found = this.#found(name, key)
    const element = found ?? this.#maker.create(name, this.#around)
    if (key !== null) keys.set(element, key)
    const next = this.#node
    if (found !== null) this.#node = found.nextSibling
    return [element, found === null ? () => this.#around.insertBefore(element, next) : () => {}]
  }

  #found(name: string, key: string | null): Element | null {
    const { keys } = this.#maker
    const namespace = namespaceOf(name, this.#around)
    const fits = (node: ChildNode | undefined): node is ChildNode => {
      if (node?.nodeType !== ELEMENT_NODE) return false
      const { localName, namespaceURI } = node as unknown as Element
      return namespaceURI === namespace && localName.toLowerCase() === name.toLowerCase()
    }
    const same = key === null ? undefined : this.#of(key)
    if (fits(same)) {
      if (same !== this.#node) move(this.#around, same, this.#node)
      return same as unknown as Element
    }
    if (this.#none.has(name)) return null
    let found = this.#node
    while (found !== null && (keys.has(found) || !fits(found))) found = found.nextSibling
    if (found === null) {
      this.#none.add(name)
      return null
    }
    while (this.#node !== null && this.#node !== found && !keys.has(this.#node)) this.#drop()
    if (this.#node !== found) move(this.#around, found, this.#node)
    return found as unknown as Element
  }

  #of(key: string): ChildNode | undefined {
    if (this.#keyed === undefined) {
      this.#keyed = new Map()
      for (let node = this.#node; node !== null; node = node.nextSibling) {
        const known = this.#maker.keys.get(node)
        if (known !== undefined) this.#keyed.set(known, node)
      }
    }
    const found = this.#keyed.get(key)
    this.#keyed.delete(key)
    return found
  }

  /** Those that are just these, or these. */
  nodes(wanted: readonly Node[]): Node[] {
    this.#isText = false
    return wanted.map((node) => {
      const known = this.#node
      if (!known?.isEqualNode(node)) return this.#put(node)
      this.#node = known.nextSibling
      return known
    })
  }

  /** Leaves nothing that was not asked for. */
  end(): void {
    while (this.#node !== null) this.#drop()
  }

  #is(type: number): boolean {
    return this.#node?.nodeType === type
  }

  #put<T extends Node>(node: T): T {
    this.#around.insertBefore(node, this.#node)
    return node
  }

  #drop(): void {
    const node = this.#node
    this.#node = node?.nextSibling ?? null
    node?.remove()
  }
}

/** The attributes and properties of an element, by their names. */
function wantedOf({ attrs }: Item): Map<string, string | null> {
  const wanted = new Map<string, string | null>()
  for (let at = 0; at < attrs.length; at += 2) wanted.set(attrs[at] ?? '', attrs[at + 1] ?? '')
  return wanted
}

/** @internal */
export class Adopter {
  readonly #maker: Maker
  readonly #properties: Properties
  /** The names that were used before, if something was shown before. */
  readonly #names: ReadonlySet<string> | undefined

  constructor(maker: Maker, properties: Properties, names: ReadonlySet<string> | undefined) {
    this.#maker = maker
    this.#properties = properties
    this.#names = names
  }

  /** Has the children of an element show items. */
  children(items: readonly Item[], around: Element): void {
    this.#children(around, (walk) => { for (const item of items) this.#item(walk, item, around) })
  }

  #children(around: Element, go: (walk: Walk) => void): void {
    const walk = new Walk(this.#maker, around)
    go(walk)
    walk.end()
  }

  #item(walk: Walk, item: Item, around: Element): void {
    switch (item.kind) {
      case TEXT:
        item.dom = walk.text(item.text)
        return
      case HOLE:
        item.dom = walk.comment()
        return
      case RAW:
        item.nodes = walk.nodes(this.#maker.parsed(item.text, around))
        for (const node of item.nodes) if (node !== null) this.#maker.raw.add(node)
        return
      case FRAGMENT:
        for (const kid of item.kids) this.#item(walk, kid, around)
        return
      case BOUND: {
        const told = shown(item)
        if (told === undefined) item.dom = walk.comment()
        else this.#item(walk, told, around)
        return
      }
      case ELEMENT: {
        const [element, put] = walk.element(item.text, item.key)
        item.dom = element
        this.#attributes(element, wantedOf(item))
        item.attrs = []
        this.children(item.kids, element)
        put()
        return
      }
      default: {
        const nodes: (Node | null)[] = []
        item.nodes = nodes
        this.#body(walk, item.template?.body ?? [], item, nodes, around)
      }
    }
  }

  /** What of a template is always there, and what is in its slots. */
  #body(walk: Walk, body: readonly Item[], instance: Item, nodes: (Node | null)[], around: Element): void {
    const { template, kids } = instance
    for (const item of body) {
      const kid = kids[template?.slots.get(item) ?? -1]
      if (kid !== undefined) {
        this.#item(walk, kid, around)
        continue
      }
      const ref = template?.refs.get(item)
      if (item.kind === TEXT) {
        const text = walk.text(item.text)
        if (ref !== undefined) nodes[ref] = text
        continue
      }
      const [element, put] = walk.element(item.text, template?.keyed === item ? instance.key : null)
      if (ref !== undefined) nodes[ref] = element
      const wanted = wantedOf(item)
      for (const filled of template?.filled ?? []) if (filled.ref === ref) wanted.set(filled.name, valueOf(filled, kids))
      this.#attributes(element, wanted)
      this.#children(element, (inner) => { this.#body(inner, item.kids, instance, nodes, element) })
      put()
    }
  }

  /** Gives an element these attributes and properties, and no others that a view gave it. */
  #attributes(element: Element, wanted: ReadonlyMap<string, string | null>): void {
    this.#properties.found(element)
    for (const name of element.getAttributeNames()) {
      const value = wanted.get(name) ?? (SAID.has(`.${name}`) ? wanted.get(`.${name}`) : null)
      if (value == null && this.#isOurs(name)) element.removeAttribute(name)
    }
    for (const property of this.#properties.givenTo(element)) if (!wanted.has(property)) this.#maker.set(element, property, null)
    for (const [name, value] of wanted) {
      if (name.startsWith('.') || element.getAttribute(name) !== value) this.#maker.set(element, name, value)
    }
  }

  /** Whether an attribute of this name comes from the view, and not from a script or from who uses the page. */
  #isOurs(name: string): boolean {
    return this.#names === undefined ? name !== 'open' : this.#names.has(name)
  }
}
