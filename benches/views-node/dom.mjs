/** A document that does next to nothing, to the advantage of who renders into it: linked lists, and no attributes. */

const KINDS = { element: 1, text: 3, comment: 8, fragment: 11 }

class Node {
  _parent = null
  _first = null
  _last = null
  _next = null
  _before = null
  // What Inferno keeps at nodes.
  $V = null
  $EV = null

  constructor(nodeType, nodeName, value) {
    this.nodeType = nodeType
    this.nodeName = nodeName
    this._value = value
  }

  get firstChild() {
    return this._first
  }

  get lastChild() {
    return this._last
  }

  get nextSibling() {
    return this._next
  }

  get previousSibling() {
    return this._before
  }

  get parentNode() {
    return this._parent
  }

  get parentElement() {
    return this._parent
  }

  get tagName() {
    return this.nodeName
  }

  get namespaceURI() {
    return 'http://www.w3.org/1999/xhtml'
  }

  get ownerDocument() {
    return document
  }

  get nodeValue() {
    return this._value
  }

  set nodeValue(value) {
    this._value = value
  }

  get childNodes() {
    const all = []
    for (let child = this._first; child !== null; child = child._next) all.push(child)
    return all
  }

  get textContent() {
    if (this.nodeType === KINDS.text) return this._value
    return this.childNodes.map((child) => child.textContent).join('')
  }

  set textContent(value) {
    if (this.nodeType === KINDS.text) {
      this._value = value
      return
    }
    for (let child = this._first; child !== null; ) {
      const next = child._next
      child._parent = child._next = child._before = null
      child = next
    }
    this._first = this._last = null
    if (value !== '') this.appendChild(new Text(String(value)))
  }

  insertBefore(child, next) {
    if (child.nodeType === KINDS.fragment) {
      while (child._first !== null) this.insertBefore(child._first, next)
      return child
    }
    if (child._parent !== null) child._parent.removeChild(child)
    child._parent = this
    const before = next ? next._before : this._last
    child._next = next ?? null
    child._before = before
    if (next) next._before = child
    else this._last = child
    if (before !== null) before._next = child
    else this._first = child
    return child
  }

  appendChild(child) {
    return this.insertBefore(child, null)
  }

  append(child) {
    this.insertBefore(typeof child === 'string' ? new Text(child) : child, null)
  }

  removeChild(child) {
    if (child._before !== null) child._before._next = child._next
    else this._first = child._next
    if (child._next !== null) child._next._before = child._before
    else this._last = child._before
    child._parent = child._next = child._before = null
    return child
  }

  replaceChild(node, old) {
    this.insertBefore(node, old)
    this.removeChild(old)
    return old
  }

  remove() {
    if (this._parent !== null) this._parent.removeChild(this)
  }

  contains() {
    return true
  }

  addEventListener() {}

  removeEventListener() {}

  cloneNode(deep) {
    if (this.nodeType === KINDS.text) return new Text(this._value)
    const copy = new HTMLElement(this.nodeName)
    if (deep) for (let child = this._first; child !== null; child = child._next) copy.appendChild(child.cloneNode(true))
    return copy
  }
}

class Element extends Node {
  setAttribute() {}

  removeAttribute() {}

  setAttributeNS() {}

  removeAttributeNS() {}

  getAttribute() {
    return null
  }

  hasAttribute() {
    return false
  }

  get className() {
    return ''
  }

  set className(_) {}

  get id() {
    return ''
  }

  set id(_) {}

  get innerHTML() {
    return ''
  }

  set innerHTML(html) {
    const host = this.content ?? this
    host.textContent = ''
    const open = [host]
    for (const [whole, closes, name, closed, text] of html.matchAll(
      /<!--.*?-->|<(\/?)([\w-]+)[^>]*?(\/?)>|<!>|([^<]+)/g,
    )) {
      const around = open.at(-1)
      if (text !== undefined) around.appendChild(new Text(text))
      else if (name === undefined) around.appendChild(new Comment(whole))
      else if (closes) open.pop()
      else {
        const element = new HTMLElement(name)
        around.appendChild(element)
        if (!closed) open.push(element)
      }
    }
  }
}

class HTMLElement extends Element {
  constructor(name) {
    super(KINDS.element, name, null)
  }

  get style() {
    return {}
  }
}

class SVGElement extends Element {
  constructor(name) {
    super(KINDS.element, name, null)
  }

  get style() {
    return {}
  }
}

class CharacterData extends Node {
  get data() {
    return this._value
  }

  set data(value) {
    this._value = value
  }
}

class Text extends CharacterData {
  constructor(value) {
    super(KINDS.text, '#text', value)
  }
}

class Comment extends CharacterData {
  constructor(value) {
    super(KINDS.comment, '#comment', value)
  }
}

class DocumentFragment extends Node {
  constructor() {
    super(KINDS.fragment, '#fragment', null)
  }
}

class HTMLInputElement extends HTMLElement {}

function createElement(name) {
  const element = new HTMLElement(name)
  if (name === 'template') element.content = new DocumentFragment()
  return element
}

const document = {
  createElement,
  createElementNS: (_, name) => new SVGElement(name),
  createTextNode: (value) => new Text(value),
  createComment: (value) => new Comment(value),
  createDocumentFragment: () => new DocumentFragment(),
  addEventListener() {},
  removeEventListener() {},
}
document.body = document.documentElement = createElement('body')

Object.assign(globalThis, {
  CharacterData,
  Comment,
  document,
  DocumentFragment,
  Element,
  HTMLElement,
  HTMLInputElement,
  Node,
  SVGElement,
  Text,
  HTMLSelectElement: HTMLInputElement,
  HTMLTextAreaElement: HTMLInputElement,
  requestAnimationFrame: (use) => setTimeout(use),
  requestIdleCallback: (use) => setTimeout(use),
  window: globalThis,
})

/** What a document shows, without attributes. */
export function show(node) {
  if (node.nodeType === KINDS.text) return node._value
  const inner = node.childNodes.map(show).join('')
  return node.nodeType === KINDS.element ? `<${node.nodeName}>${inner}</${node.nodeName}>` : inner
}
