/** How attributes and properties of an element are set, and when what somebody types is let be. */

const XLINK = 'http://www.w3.org/1999/xlink'
const HTML = 'http://www.w3.org/1999/xhtml'

/** Kinds of `input` whose value is not typed. */
const CHOSEN = new Set(['button', 'checkbox', 'color', 'file', 'hidden', 'image', 'radio', 'range', 'reset', 'submit'])

/** Sets an attribute, or takes it away. @internal */
export function setAttribute(element: Element, name: string, value: string | null): void {
  if (value === null) {
    element.removeAttribute(name)
    return
  }
  if (element.namespaceURI !== HTML && name.startsWith('xlink:')) {
    element.setAttributeNS(XLINK, name, value)
    return
  }
  try {
    element.setAttribute(name, value)
  } catch {
    // HTML can say more names than a program may.
    const holder = element.ownerDocument.createElement('template')
    holder.innerHTML = `<i ${name}></i>`
    const attribute = holder.content.firstElementChild?.attributes[0]?.cloneNode() as Attr | undefined
    if (attribute === undefined) return
    attribute.value = value
    element.setAttributeNode(attribute)
  }
}

/** What a property is of an element that was just made. */
function initial(element: Element, name: string): unknown {
  const { ownerDocument: document, namespaceURI, localName } = element
  return (document.createElementNS(namespaceURI, localName) as unknown as Record<string, unknown>)[name]
}

function isTyped(element: Element): element is HTMLInputElement | HTMLTextAreaElement {
  return element.localName === 'textarea' || (element.localName === 'input' && !CHOSEN.has((element as HTMLInputElement).type))
}

function hasFocus(element: Element): boolean {
  return (element.getRootNode() as Document | ShadowRoot).activeElement === element
}

/**
 * The properties of elements, and what somebody is typing into them.
 *
 * What is typed stays until the field tells that it changed, or its form is sent, whatever is rendered meanwhile: that may be
 * an answer to the characters before.
 *
 * @internal
 */
export class Properties {
  /** The fields that somebody types into, and the value that waits for the end of that. */
  readonly #typed = new WeakMap<object, { value?: string }>()

  /** Sets a property to what JSON tells, or to what it was at first. */
  set(element: Element, property: string, json: string | null): void {
    const name = property.slice(1)
    const value: unknown = json === null ? initial(element, name) : JSON.parse(json)
    const bag = element as unknown as Record<string, unknown>
    const typed = name === 'value' && hasFocus(element) ? this.#typed.get(element) : undefined
    if (Object.is(bag[name], value)) delete typed?.value
    else if (typed !== undefined && typeof value === 'string') typed.value = value
    else bag[name] = value
  }

  /** A field of a page that was there before: somebody may be typing into it already. */
  found(element: Element): void {
    if (isTyped(element) && hasFocus(element) && element.value !== element.defaultValue) this.#typed.set(element, {})
  }

  /** Hears of an event before those who act on it. */
  before({ type, target }: Event): void {
    const element = target as Element
    if (type === 'input' && isTyped(element) && !this.#typed.has(element)) this.#typed.set(element, {})
    if (type === 'submit') for (const field of (element as HTMLFormElement).elements) this.#typed.delete(field)
  }

  /** Hears of an event after those who act on it: a field that changed, or has the focus no more, shows what is rendered. */
  after({ type, target }: Event): void {
    if (type !== 'change' && type !== 'focusout') return
    const typed = this.#typed.get(target as Element)
    this.#typed.delete(target as Element)
    if (typed?.value !== undefined) (target as HTMLInputElement).value = typed.value
  }
}
