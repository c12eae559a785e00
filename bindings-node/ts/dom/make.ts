/** How what shows an item is made, and put into a page. */

import { errorOf } from '../errors.js'
import { throwLater } from '../log.js'
import { HTML, type Properties, setAttribute } from './attribute.js'
import { behindSlot, BOUND, ELEMENT, FRAGMENT, INSTANCE, type Item, RAW, shown, TEXT } from './item.js'
import { type Template, valueOf } from './template.js'

const NAMESPACES = new Map([['svg', 'http://www.w3.org/2000/svg'], ['math', 'http://www.w3.org/1998/Math/MathML']])

/** Elements of pictures and formulas in which there is HTML. */
const INTEGRATION = new Set(['annotation-xml', 'desc', 'foreignObject', 'mi', 'mn', 'mo', 'ms', 'mtext', 'title'])

/** In which namespace a child of an element is. */
function within(around: Element): string {
  return INTEGRATION.has(around.localName) ? HTML : (around.namespaceURI ?? HTML)
}

/** The namespace of an element of this name in another one; a script is one of HTML wherever it is, as that can be kept from running. @internal */
export function namespaceOf(name: string, around: Element): string {
  const lower = name.toLowerCase()
  return lower === 'script' ? HTML : (NAMESPACES.get(lower) ?? within(around))
}

/** Puts items into a page; properties are set last, as some take what an element has in it. @internal */
export class Maker {
  readonly #document: Document
  readonly #properties: Properties
  #late: [element: Element, name: string, json: string | null][] = []
  #script: Element | undefined
  /** The keys of elements. */
  readonly keys = new WeakMap<Node, string>()
  /** The nodes of HTML that was let in as it is. */
  readonly raw = new WeakSet<Node>()

  constructor(document: Document, properties: Properties) {
    this.#document = document
    this.#properties = properties
  }

  /** Sets an attribute or, before anything else happens, a property. */
  set(element: Element, name: string, value: string | null): void {
    if (name.startsWith('.')) this.#late.push([element, name, value])
    else setAttribute(element, name, value)
  }

  /** Sets the properties; one that cannot be set is an uncaught error of the page, and keeps no other from being set. */
  finish(): void {
    for (const [element, name, json] of this.#late.splice(0)) {
      try {
        this.#properties.set(element, name, json)
      } catch (error) {
        const story = `${String(json)}: ${error instanceof Error ? error.message : String(error)}`
        throwLater(errorOf('InvalidArgument', `a value that the property ${name} of <${element.localName}> takes`, story))
      }
    }
    this.#properties.chooseAgain()
  }

  /** Puts an item into a node, in front of another one. `around` is the element where it will be. */
  place(item: Item, parent: Node, next: Node | null, around = parent as Element): void {
    switch (item.kind) {
      case FRAGMENT:
        for (const kid of item.kids) this.place(kid, parent, next, around)
        return
      case BOUND: {
        const told = shown(item)
        if (told !== undefined) this.place(told, parent, next, around)
        else parent.insertBefore((item.dom ??= this.#document.createComment('')), next)
        return
      }
      case RAW:
        for (const node of (item.nodes ??= this.parsed(item.text, around))) {
          if (node === null) continue
          this.raw.add(node)
          parent.insertBefore(node, next)
        }
        return
      case INSTANCE:
        this.#placeInstance(item, parent, next, around)
        return
      case ELEMENT: {
        const element = item.dom ?? this.#element(item, around)
        parent.insertBefore(element, next)
        return
      }
      default:
        item.dom ??= item.kind === TEXT ? this.#document.createTextNode(item.text) : this.#document.createComment('')
        parent.insertBefore(item.dom, next)
    }
  }

  #element(item: Item, around: Element): Element {
    const element = this.create(item.text, around)
    item.dom = element
    if (item.key !== null) this.keys.set(element, item.key)
    for (let at = 0; at < item.attrs.length; at += 2) this.set(element, item.attrs[at] ?? '', item.attrs[at + 1] ?? '')
    item.attrs = []
    for (const kid of item.kids) this.place(kid, element, null)
    return element
  }

  /** An element that has nothing yet. */
  create(name: string, around: Element): Element {
    const namespace = namespaceOf(name, around)
    if (namespace !== HTML) return this.#document.createElementNS(namespace, name)
    if (name.toLowerCase() !== 'script') return this.#document.createElement(name)
    // One that was parsed so, or cloned from that, never runs.
    if (this.#script === undefined) {
      const holder = this.#document.createElement('template')
      holder.innerHTML = '<script></script>'
      this.#script = holder.content.firstElementChild ?? holder
    }
    return this.#document.importNode(this.#script)
  }

  /** The nodes that HTML is in an element. */
  parsed(html: string, around: Element): Node[] {
    const holder = around.cloneNode(false) as Element
    holder.innerHTML = html
    return [...holder.childNodes]
  }

  #placeInstance(item: Item, parent: Node, next: Node | null, around: Element): void {
    const { template } = item
    if (template === null) return
    if (item.nodes !== null) {
      for (const { ref, slot } of template.roots) {
        const [node, kid] = [item.nodes[ref], item.kids[slot]]
        if (kid !== undefined) this.place(kid, parent, next, around)
        else if (node) parent.insertBefore(node, next)
      }
      return
    }
    const copy = this.#document.importNode(this.#model(template, around), true)
    const nodes = template.find(copy)
    item.nodes = nodes
    const top = template.keyed === undefined ? null : nodes[template.refs.get(template.keyed) ?? -1]
    if (item.key !== null && top) this.keys.set(top, item.key)
    for (const filled of template.filled) this.set(nodes[filled.ref] as Element, filled.name, valueOf(filled, item.kids))
    for (let slot = template.size - 1; slot >= 0; slot -= 1) {
      const [place, kid] = [template.places[slot], item.kids[slot]]
      if (place === undefined || kid === undefined) continue
      const within = place.parent < 0 ? copy : (nodes[place.parent] as Element)
      this.place(kid, within, behindSlot(item, slot) ?? null, place.parent < 0 ? around : (within as Element))
    }
    parent.insertBefore(copy, next)
  }

  /** What instances of a template are cloned from where they are. */
  #model(template: Template, around: Element): DocumentFragment {
    const namespace = within(around)
    const known = template.models.get(namespace)
    if (known !== undefined) return known
    const model = this.#document.createDocumentFragment()
    for (const item of template.body) this.#fixed(item, model, around)
    template.models.set(namespace, model)
    return model
  }

  /** Puts what of a template is always there into a node. */
  #fixed(item: Item, parent: Node, around: Element): void {
    if (item.kind === TEXT) parent.appendChild(this.#document.createTextNode(item.text))
    if (item.kind !== ELEMENT) return
    const element = this.create(item.text, around)
    for (let at = 0; at < item.attrs.length; at += 2) {
      const [name = '', value = ''] = [item.attrs[at], item.attrs[at + 1]]
      if (!name.startsWith('.') && !value.includes('\0')) setAttribute(element, name, value)
    }
    parent.appendChild(element)
    for (const kid of item.kids) this.#fixed(kid, element, element)
  }
}
